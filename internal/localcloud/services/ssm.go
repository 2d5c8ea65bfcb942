package services

import (
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
)

type parameter struct {
	value, kind string
	version     int
	modified    time.Time
	description string
	pattern     string
	past        []parameter
}

// maxParameterBytes is the limit of a standard parameter.
const maxParameterBytes = 4096

// maxDescription is how many characters the description of a parameter may have.
const maxDescription = 1024

// PutParameter sets a parameter. It returns an error when the value is empty
// or too long.
func (r *Region) PutParameter(name, value, kind string) error {
	_, err := r.putParameter(putParameterInput{Name: name, Value: value, Type: kind, Overwrite: true})
	return err
}

// Parameter returns the value of a parameter.
func (r *Region) Parameter(name string) (string, bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, exists := r.parameters[name]
	if !exists {
		return "", false
	}
	return p.value, true
}

// ParameterARN returns the ARN of a parameter.
func (r *Region) ParameterARN(name string) string {
	return r.arn("ssm", "parameter/"+strings.TrimPrefix(name, "/"))
}

// SSM serves Parameter Store.
func (r *Region) SSM() http.Handler {
	return jsonService{
		"GetParameter":        take(r.getParameter),
		"GetParameters":       take(r.getParameters),
		"PutParameter":        take(func(input putParameterInput) (any, error) { return r.putParameter(input) }),
		"DeleteParameter":     take(r.deleteParameter),
		"GetParameterHistory": take(r.getParameterHistory),
	}
}

type parameterOutput struct {
	Name, Type, Value, ARN string
	Version                int
	LastModifiedDate       float64
}

func (r *Region) describe(name string, p *parameter) parameterOutput {
	return parameterOutput{
		Name: name, Type: p.kind, Value: p.value, ARN: r.ParameterARN(name),
		Version: p.version, LastModifiedDate: float64(p.modified.UnixMilli()) / 1000,
	}
}

func (r *Region) getParameter(input struct{ Name string }) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, exists := r.parameters[input.Name]
	if !exists {
		return nil, refuse("ParameterNotFound", "%s", input.Name)
	}
	return map[string]any{"Parameter": r.describe(input.Name, p)}, nil
}

func (r *Region) getParameters(input struct{ Names []string }) (any, error) {
	if len(input.Names) == 0 || len(input.Names) > 10 {
		return nil, refuse("ValidationException", "1 to 10 names are needed, got %d", len(input.Names))
	}
	names := slices.Sorted(slices.Values(input.Names))
	if len(slices.Compact(names)) != len(input.Names) {
		return nil, refuse("ValidationException", "a name may be asked for once")
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	found, invalid := []parameterOutput{}, []string{}
	for _, name := range input.Names {
		if p, exists := r.parameters[name]; exists {
			found = append(found, r.describe(name, p))
		} else {
			invalid = append(invalid, name)
		}
	}
	return map[string]any{"Parameters": found, "InvalidParameters": invalid}, nil
}

type putParameterInput struct {
	Name, Value, Type           string
	Description, AllowedPattern string
	Overwrite                   bool
}

func (r *Region) putParameter(input putParameterInput) (any, error) {
	if input.Value == "" || len(input.Value) > maxParameterBytes {
		return nil, refuse("ValidationException", "a standard parameter holds 1 to %d bytes, got %d", maxParameterBytes, len(input.Value))
	}
	if got := utf8.RuneCountInString(input.Description); got > maxDescription {
		return nil, refuse("ValidationException", "'description' must have a length of at most %d, got %d", maxDescription, got)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	p, exists := r.parameters[input.Name]
	if exists && !input.Overwrite {
		return nil, refuse("ParameterAlreadyExists", "The parameter already exists. To overwrite this value, set the overwrite option in the request to true.")
	}
	if !exists {
		if !slices.Contains([]string{"String", "StringList", "SecureString"}, input.Type) {
			return nil, refuse("ValidationException", "A parameter type is required when you create a parameter: String, StringList or SecureString, got %q", input.Type)
		}
		p = &parameter{kind: input.Type}
	}
	pattern := orElse(input.AllowedPattern, p.pattern)
	if allowed, err := regexp.Compile(pattern); err != nil || !allowed.MatchString(input.Value) {
		return nil, refuse("ParameterPatternMismatchException", "Parameter value, cannot be validated against allowedPattern: %s", pattern)
	}
	if exists {
		p.remember()
	}
	p.value, p.version, p.modified, p.pattern = input.Value, p.version+1, r.now(), pattern
	p.description = orElse(input.Description, p.description)
	r.parameters[input.Name] = p
	return map[string]any{"Version": p.version, "Tier": "Standard"}, nil
}

// maxVersions is how many versions of a parameter are kept.
const maxVersions = 100

// remember keeps the version that is about to be replaced.
func (p *parameter) remember() {
	before := *p
	before.past = nil
	p.past = append(p.past, before)
	if len(p.past) >= maxVersions {
		p.past = p.past[1:]
	}
}

// maxHistoryResults is the largest page of a history.
const maxHistoryResults = 50

func (r *Region) getParameterHistory(input struct {
	Name, NextToken string
	MaxResults      int
}) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	p, exists := r.parameters[input.Name]
	if !exists {
		return nil, refuse("ParameterNotFound", "%s", input.Name)
	}
	if input.MaxResults < 0 || input.MaxResults > maxHistoryResults {
		return nil, refuse("ValidationException", "MaxResults must be 1 to %d, got %d", maxHistoryResults, input.MaxResults)
	}
	versions := append(slices.Clone(p.past), *p)
	first, _ := strconv.Atoi(input.NextToken)
	last := min(len(versions), first+max(input.MaxResults, 1))
	page := []map[string]any{}
	for _, version := range versions[min(first, last):last] {
		page = append(page, map[string]any{
			"Name": input.Name, "Type": version.kind, "Value": version.value, "Version": version.version, "Description": version.description,
			"AllowedPattern": version.pattern, "LastModifiedDate": float64(version.modified.UnixMilli()) / 1000,
			"LastModifiedUser": "arn:aws:sts::" + r.account + ":assumed-role/local/local", "Labels": []string{}, "Tier": "Standard",
		})
	}
	answer := map[string]any{"Parameters": page}
	if last < len(versions) {
		answer["NextToken"] = strconv.Itoa(last)
	}
	return answer, nil
}

func (r *Region) deleteParameter(input struct{ Name string }) (any, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if _, exists := r.parameters[input.Name]; !exists {
		return nil, refuse("ParameterNotFound", "%s", input.Name)
	}
	delete(r.parameters, input.Name)
	return struct{}{}, nil
}
