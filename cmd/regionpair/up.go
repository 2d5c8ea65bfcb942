package main

import (
	"bufio"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/console"
	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
)

type upFlags struct {
	source
	timeScale float64
	json      bool
	console   string
}

func newUp() *cobra.Command {
	f := upFlags{}
	command := &cobra.Command{
		Use:   "up",
		Short: "Keep both Regions running on this machine, until interrupted",
		Long: "up brings both Regions up and says how to call them with curl and dig. It obeys lines on standard input:\n" +
			"  fault <region> <kind>   break a Region\n  heal <region>           repair it\n  status                  print the state as JSON\n  calls                   print who asked for which hosts as JSON\n  quit",
		Args: cobra.NoArgs,
		RunE: func(command *cobra.Command, _ []string) error { return f.run(command) },
	}
	flags := command.Flags()
	f.addFlags(command)
	flags.Float64Var(&f.timeScale, "time-scale", 1, "how many AWS seconds pass in one real second, 1 to 20")
	flags.StringVar(&f.console, "console", "", "serve a page with the state and buttons for faults, on a loopback `address`")
	flags.Lookup("console").NoOptDefVal = "127.0.0.1:0"
	flags.BoolVar(&f.json, "json", false, "print one line of JSON when ready, and answers as JSON")
	return command
}

// ready is what programs get to know when both Regions serve.
type ready struct {
	DomainName   string        `json:"domainName"`
	DNSAddress   string        `json:"dnsAddress"`
	NameServer   string        `json:"nameServer"`
	HTTPSProxy   string        `json:"httpsProxy"`
	CAFile       string        `json:"caFile"`
	TokenURL     string        `json:"tokenUrl"`
	ClientID     string        `json:"clientId"`
	ClientSecret string        `json:"clientSecret"`
	Regions      []readyRegion `json:"regions"`
	// ConsoleURL is empty without a console.
	ConsoleURL string `json:"consoleUrl,omitempty"`
}

type readyRegion struct {
	Name       string `json:"name"`
	Role       string `json:"role"`
	APIAddress string `json:"apiAddress"`
	HealthURL  string `json:"healthUrl"`
}

func (f upFlags) run(command *cobra.Command) error {
	if err := drill.CheckTimeScale(f.timeScale); err != nil {
		return fmt.Errorf("--time-scale: %w", err)
	}
	a, err := f.load(command)
	if err != nil {
		return err
	}
	dir, err := os.MkdirTemp("", "regionpair-up-")
	if err != nil {
		return fmt.Errorf("make the working folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cloud, err := localcloud.Start(command.Context(), localcloud.Options{Assembly: a, Dir: dir, TimeScale: f.timeScale, Seed: 1})
	if err != nil {
		return err
	}
	defer cloud.Close()
	out := command.OutOrStdout()
	description := describeReady(cloud)
	if f.console != "" {
		page, err := console.Start(command.Context(), cloud, f.timeScale, f.console)
		if err != nil {
			return fmt.Errorf("--console: %w", err)
		}
		defer page.Close()
		description.ConsoleURL = page.URL()
	}
	var text strings.Builder
	if f.json {
		err = json.NewEncoder(&text).Encode(description) //nolint:gosec // the secret is throw-away, of this run, and asked for
	} else {
		explain(&text, cloud, description)
	}
	if err == nil {
		_, err = io.WriteString(out, text.String())
	}
	if err != nil {
		return fmt.Errorf("write the description: %w", err)
	}
	return obey(command.Context(), cloud, command.InOrStdin(), out)
}

func describeReady(cloud *localcloud.Cloud) ready {
	pair := cloud.Pair()
	d := ready{
		DomainName: pair.DomainName, DNSAddress: cloud.Resolver().Address(), NameServer: cloud.NameServer().Address(), HTTPSProxy: cloud.Network().ProxyURL("client").String(),
		CAFile: cloud.Network().CAFile(), TokenURL: "https://" + pair.DomainName + "/oauth2/token",
	}
	ids := []string{}
	for id := range pair.Clients {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	if len(ids) > 0 {
		d.ClientID, d.ClientSecret = ids[0], pair.Clients[ids[0]]
	}
	for role, region := range map[string]localcloud.Region{"primary": pair.Primary, "secondary": pair.Secondary} {
		address, _ := cloud.Network().ListenAddress(region.Address)
		d.Regions = append(d.Regions, readyRegion{Name: region.Name, Role: role, APIAddress: address, HealthURL: region.HealthURL})
	}
	slices.SortFunc(d.Regions, func(a, b readyRegion) int { return strings.Compare(a.Role, b.Role) })
	return d
}

func explain(out io.Writer, cloud *localcloud.Cloud, d ready) {
	host, port, _ := strings.Cut(d.DNSAddress, ":")
	_, _ = fmt.Fprintf(out, "Both Regions are up. New health checks settle within a minute; until then the standby answers.\n\n")
	_, _ = fmt.Fprintf(out, "  export HTTPS_PROXY=%s CURL_CA_BUNDLE=%s\n", d.HTTPSProxy, d.CAFile)
	_, _ = fmt.Fprintf(out, "  token=$(curl -s -u '%s:%s' -d grant_type=client_credentials %s | sed 's/.*access_token\":\"\\([^\"]*\\).*/\\1/')\n", d.ClientID, d.ClientSecret, d.TokenURL)
	_, _ = fmt.Fprintf(out, "  curl -i -X PUT -H \"Authorization: Bearer $token\" --data hello https://%s/objects/greeting\n", d.DomainName)
	_, _ = fmt.Fprintf(out, "  curl -i -H \"Authorization: Bearer $token\" https://%s/objects/greeting\n", d.DomainName)
	_, _ = fmt.Fprintf(out, "  dig @%s -p %s %s\n\n", host, port, d.DomainName)
	_, _ = fmt.Fprintf(out, "  export SSL_CERT_FILE=%s AWS_CA_BUNDLE= AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_SESSION_TOKEN=%s\n",
		d.CAFile, signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken)
	_, _ = fmt.Fprintf(out, "  export %s=%s %s=%s\n  regionpair status\n\n", resolverVariable, d.DNSAddress, nameServersVariable, d.NameServer)
	for _, region := range d.Regions {
		_, _ = fmt.Fprintf(out, "  %-9s %-14s %s   API on %s\n", region.Role, region.Name, region.HealthURL, region.APIAddress)
	}
	if d.ConsoleURL != "" {
		_, _ = fmt.Fprintf(out, "\nThe console is at %s\n", d.ConsoleURL)
	}
	_, _ = fmt.Fprintf(out, "\nNot run here: %d resources and settings. Functions may do what their roles allow, and nothing else.\n", len(cloud.NotEmulated()))
	_, _ = fmt.Fprintf(out, "Type `fault %s crash`, `heal %s`, `status` or `quit`.\n", d.Regions[0].Name, d.Regions[0].Name)
}

// obey reads commands until it is told to quit or interrupted. The end of the
// input does not end it: `up` may run without one.
func obey(ctx context.Context, cloud *localcloud.Cloud, in io.Reader, out io.Writer) error {
	lines := make(chan string)
	go func() {
		defer close(lines)
		scanner := bufio.NewScanner(in)
		for scanner.Scan() {
			select {
			case lines <- scanner.Text():
			case <-ctx.Done():
				return
			}
		}
	}()
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, open := <-lines:
			if !open {
				lines = nil
				continue
			}
			if quit := execute(cloud, out, strings.Fields(line)); quit {
				return nil
			}
		}
	}
}

// execute obeys one line; what is wrong with it is an answer, not an end.
func execute(cloud *localcloud.Cloud, out io.Writer, words []string) (quit bool) {
	answer := any(map[string]bool{"ok": true})
	var err error
	switch {
	case len(words) == 0:
		return false
	case words[0] == "quit" && len(words) == 1:
		return true
	case words[0] == "status" && len(words) == 1:
		answer = statusOf(cloud)
	case words[0] == "calls" && len(words) == 1:
		answer = callsOf(cloud)
	case words[0] == "fault" && len(words) == 3:
		err = cloud.Inject(words[1], localcloud.Fault(words[2]))
	case words[0] == "heal" && len(words) == 2:
		err = cloud.Heal(words[1])
	default:
		err = fmt.Errorf("%q is unknown; there are: fault <region> <kind>, heal <region>, status, calls, quit", strings.Join(words, " "))
	}
	if err != nil {
		answer = map[string]string{"error": err.Error()}
	}
	_ = json.NewEncoder(out).Encode(answer)
	return false
}

// status is the answer to the line "status".
type status struct {
	// Answer is the Region that the name servers give out.
	Answer string `json:"answer"`
	// PrimaryHealthy is what the records see.
	PrimaryHealthy bool           `json:"primaryHealthy"`
	Pending        map[string]int `json:"pendingReplication"`
	Objects        map[string]int `json:"objects"`
	Unexpected     []string       `json:"unexpectedHosts"`
}

func statusOf(cloud *localcloud.Cloud) status {
	pair := cloud.Pair()
	s := status{PrimaryHealthy: cloud.Route53().Healthy(pair.PrimaryCheck), Pending: map[string]int{}, Objects: map[string]int{}, Unexpected: cloud.Network().UnexpectedHosts()}
	if record, found := cloud.Route53().Answer(pair.DomainName, "A"); found {
		address, _ := cloud.Network().AddressOf(record.Target)
		for _, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
			if region.Address == address {
				s.Answer = region.Name
			}
		}
	}
	for _, region := range []localcloud.Region{pair.Primary, pair.Secondary} {
		s.Pending[region.Name] = cloud.Pending(region.Name).Count
		s.Objects[region.Name] = cloud.Store(region.Name).Count(region.Bucket)
	}
	return s
}

// calls is the answer to the line "calls": hosts by who asked for them, in the
// order in which they were asked for.
type calls struct {
	Calls map[string][]string `json:"calls"`
}

func callsOf(cloud *localcloud.Cloud) calls {
	answer := calls{Calls: map[string][]string{}}
	for _, call := range cloud.Network().Log() {
		answer.Calls[call.Caller] = append(answer.Calls[call.Caller], call.Host)
	}
	return answer
}
