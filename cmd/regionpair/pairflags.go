package main

import (
	"context"
	"crypto/tls"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"strconv"
	"strings"
	"time"

	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
	"golang.org/x/term"

	"github.com/regionpair/regionpair/config"
	"github.com/regionpair/regionpair/internal/operate"
)

// pairFlags say which deployed pair a command is about.
type pairFlags struct {
	config, env                    string
	name, primary, standby, domain string
	resolver                       string
	nameServers                    []string
	certificate                    certificateFlags
	json                           bool
}

// Environment variables with the defaults of --resolver and --name-server.
const (
	resolverVariable    = "REGIONPAIR_RESOLVER"
	nameServersVariable = "REGIONPAIR_NAME_SERVERS"
)

func (f *pairFlags) add(command *cobra.Command) {
	f.addPair(command)
	command.Flags().BoolVar(&f.json, "json", false, "print one JSON document")
}

// addPair adds the options that name the pair.
func (f *pairFlags) addPair(command *cobra.Command) {
	flags := command.Flags()
	flags.StringVar(&f.config, "config", "cdk.json", "file with the configuration of the pair")
	flags.StringVar(&f.env, "env", config.DefaultEnvironment, "environment in the configuration")
	flags.StringVar(&f.name, "pair", "", "name of the pair; with --primary, --standby and --domain no configuration is read")
	flags.StringVar(&f.primary, "primary", "", "primary Region, with --pair")
	flags.StringVar(&f.standby, "standby", "", "standby Region, with --pair")
	flags.StringVar(&f.domain, "domain", "", "domain name of the API, with --pair")
	flags.StringVar(&f.resolver, "resolver", os.Getenv(resolverVariable), "DNS resolver to ask, host:port (default: the system's; "+resolverVariable+")")
	flags.StringSliceVar(&f.nameServers, "name-server", splitList(os.Getenv(nameServersVariable)),
		"authoritative DNS server to ask, host:port (default: those of the zone; "+nameServersVariable+")")
	f.certificate.add(command)
}

func splitList(text string) []string {
	if text == "" {
		return nil
	}
	return strings.Split(text, ",")
}

func (f *pairFlags) pair() (operate.Pair, error) {
	if f.name != "" || f.primary != "" || f.standby != "" || f.domain != "" {
		return operate.NewPair(f.name, f.primary, f.standby, f.domain)
	}
	text, err := os.ReadFile(f.config)
	if errors.Is(err, os.ErrNotExist) {
		return operate.Pair{}, fmt.Errorf("there is no %s here: name the pair with --config, or with --pair, --primary, --standby and --domain", f.config)
	}
	if err != nil {
		return operate.Pair{}, fmt.Errorf("read the configuration: %w", err)
	}
	var file struct{ Context map[string]any }
	if err := json.Unmarshal(text, &file); err != nil {
		return operate.Pair{}, fmt.Errorf("%s is not JSON: %w", f.config, err)
	}
	section, names := file.Context["regionpair"], file.Context[config.NamesContext]
	switch {
	case section != nil:
		return f.fromSection(section)
	case names != nil:
		return fromNames(names)
	}
	return operate.Pair{}, fmt.Errorf("%s does not say which pair this is about: use --pair, --primary, --standby and --domain, or add to its context\n"+
		`  "%s": {"name": "orders", "primaryRegion": "eu-west-1", "secondaryRegion": "eu-central-1", "domainName": "api.example.com"}`, f.config, config.NamesContext)
}

// fromSection is the pair of an environment.
func (f *pairFlags) fromSection(context any) (operate.Pair, error) {
	c, err := config.Load(context, f.env)
	if err != nil {
		return operate.Pair{}, err
	}
	return operate.FromConfig(c), nil
}

// fromNames is a pair that an app defines in Go.
func fromNames(context any) (operate.Pair, error) {
	names, err := config.DecodePairNames(context)
	if err != nil {
		return operate.Pair{}, err
	}
	return operate.NewPair(names.Name, names.PrimaryRegion, names.SecondaryRegion, names.DomainName)
}

// requestLimit bounds a request that nothing else bounds.
const requestLimit = 5 * time.Second

func (f *pairFlags) world(ctx context.Context) (operate.World, error) {
	aws, err := awsconfig.LoadDefaultConfig(ctx)
	if err != nil {
		return operate.World{}, fmt.Errorf("load the AWS configuration: %w", err)
	}
	presented, err := f.certificate.read()
	if err != nil {
		return operate.World{}, err
	}
	return operate.World{
		AWS: aws,
		HTTP: &http.Client{
			Timeout: requestLimit,
			Transport: &http.Transport{Proxy: http.ProxyFromEnvironment, DisableKeepAlives: true, ForceAttemptHTTP2: true,
				TLSClientConfig: &tls.Config{Certificates: presented, MinVersion: tls.VersionTLS12}},
			// Where the API sends clients is not what is asked here.
			CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
		},
		DNS: operate.Resolver{Server: f.resolver, NameServers: f.nameServers},
		Now: time.Now,
	}, nil
}

// open names the pair and connects to its world. Before that it refuses options,
// with the problems that the command has found in its own.
func (f *pairFlags) open(command *cobra.Command, problems ...error) (operate.Pair, operate.World, error) {
	p, err := f.pair()
	if err := errors.Join(append(problems, err, f.checkServers(), checkDurations(command.Flags()))...); err != nil {
		return p, operate.World{}, err
	}
	w, err := f.world(command.Context())
	return p, w, err
}

// checkServers refuses DNS servers that could not be asked.
func (f *pairFlags) checkServers() error {
	var problems []error
	check := func(option, variable, server string) {
		host, port, err := net.SplitHostPort(server)
		number, notANumber := strconv.ParseUint(port, 10, 16)
		if err != nil || host == "" || notANumber != nil || number == 0 {
			problems = append(problems, fmt.Errorf("%s or %s must be host:port, such as 192.0.2.53:53 or [2001:db8::53]:53, got %q", option, variable, server))
		}
	}
	if f.resolver != "" {
		check("--resolver", resolverVariable, f.resolver)
	}
	for _, server := range f.nameServers {
		check("--name-server", nameServersVariable, server)
	}
	return errors.Join(problems...)
}

// leastDurations are those that may not be zero: a watch without a pause would ask
// AWS without one.
var leastDurations = map[string]time.Duration{"interval": time.Second}

func checkDurations(flags *pflag.FlagSet) error {
	var problems []error
	flags.Visit(func(flag *pflag.Flag) {
		got, err := flags.GetDuration(flag.Name)
		if least := leastDurations[flag.Name]; err == nil && got < least {
			problems = append(problems, fmt.Errorf("--%s must be at least %s, got %s", flag.Name, least, got))
		}
	})
	return errors.Join(problems...)
}

// document can be shown to people and to programs.
type document interface{ Text(p operate.Paint) string }

// show prints a document in the one or the other way.
func (f *pairFlags) show(out io.Writer, d document) error {
	if f.json {
		return printJSON(out, d)
	}
	if _, err := io.WriteString(out, d.Text(paintFor(out))); err != nil {
		return fmt.Errorf("write the answer: %w", err)
	}
	return nil
}

// tell prints what a look has found, and exits with its code. A look that was
// interrupted has met silence that says nothing about the pair.
func (f *pairFlags) tell(command *cobra.Command, look func() (document, int, error)) error {
	found, code, err := look()
	if interrupted := command.Context().Err(); interrupted != nil {
		return interrupted
	}
	if err != nil {
		return err
	}
	if err := f.show(command.OutOrStdout(), found); err != nil {
		return err
	}
	return exitWith(code)
}

// paintFor colours what goes to a terminal, unless NO_COLOR is set.
func paintFor(out io.Writer) operate.Paint {
	return operate.Paint{Colour: os.Getenv("NO_COLOR") == "" && isTerminal(out)}
}

func isTerminal(stream any) bool {
	file, ok := stream.(*os.File)
	return ok && term.IsTerminal(int(file.Fd()))
}

// widthOf a terminal in columns; 0 for any other stream.
func widthOf(stream any) int {
	file, ok := stream.(*os.File)
	if !ok {
		return 0
	}
	width, _, err := term.GetSize(int(file.Fd()))
	if err != nil {
		return 0
	}
	return width
}

// exitError ends the program with a code and without a further message.
type exitError struct{ code int }

// Error implements error.
func (e exitError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func exitWith(code int) error {
	if code == operate.ExitYes {
		return nil
	}
	return exitError{code}
}
