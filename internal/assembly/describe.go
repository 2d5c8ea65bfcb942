package assembly

// StackDescription is what one stack holds.
type StackDescription struct {
	Name      string `json:"name"`
	Account   string `json:"account"`
	Region    string `json:"region"`
	Resources int    `json:"resources"`
	// Types of the resources, with how many there are of each.
	Types map[string]int `json:"types"`
}

// Describe summarises what the assembly would deploy.
func (a *Assembly) Describe() []StackDescription {
	stacks := []StackDescription{}
	for _, stack := range a.Stacks {
		s := StackDescription{Name: stack.Name, Account: stack.Account, Region: stack.Region, Types: map[string]int{}}
		for _, resource := range stack.Template.Resources {
			if resource.Type != "AWS::CDK::Metadata" {
				s.Types[resource.Type]++
				s.Resources++
			}
		}
		stacks = append(stacks, s)
	}
	return stacks
}
