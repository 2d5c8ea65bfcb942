package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/regionpair/regionpair/internal/console"
	"github.com/regionpair/regionpair/internal/drill"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/localcloud/signature"
	"github.com/regionpair/regionpair/internal/rehearsal"
	"github.com/regionpair/regionpair/internal/shell"
)

type upFlags struct {
	source
	certificate certificateFlags
	callers     callerFlags
	timeScale   float64
	json        bool
	console     string
}

func newUp() *cobra.Command {
	f := upFlags{}
	command := &cobra.Command{
		Use:   "up",
		Short: "Keep both Regions running on this machine, until interrupted",
		Long: "up brings both Regions up and says how to call them with curl and dig. It obeys lines on standard input:\n" + strings.TrimRight(verbs(), "\n") +
			exitCodes("told to quit, or interrupted", "", "the Regions could not be brought up"),
		Args: noArguments,
		RunE: func(command *cobra.Command, _ []string) error { return stopped(f.run(command)) },
	}
	flags := command.Flags()
	f.addFlags(command)
	f.certificate.add(command)
	f.callers.add(command)
	flags.Float64Var(&f.timeScale, "time-scale", 1, "how many AWS seconds pass in one real second, 1 to 20")
	flags.StringVar(&f.console, "console", "", "serve a page with the state and buttons for faults, on a loopback `address`")
	flags.Lookup("console").NoOptDefVal = "127.0.0.1:0"
	flags.BoolVar(&f.json, "json", false, "print one line of JSON when ready, and answers as JSON")
	return command
}

// verbs of the lines that `up` obeys, one on each line.
func verbs() string {
	var out strings.Builder
	for _, verb := range rehearsal.Verbs() {
		fmt.Fprintf(&out, "  %-22s %s\n", verb.Usage, verb.Does)
	}
	return out.String()
}

func (f upFlags) run(command *cobra.Command) error {
	if err := drill.CheckTimeScale(f.timeScale); err != nil {
		return fmt.Errorf("--time-scale: %w", err)
	}
	clients, err := f.callers.clients(f.certificate)
	if err != nil {
		return err
	}
	a, err := f.load(command)
	if err != nil {
		return err
	}
	warnOf(command.ErrOrStderr(), localcloud.MissingServices(a))
	dir, err := os.MkdirTemp("", "regionpair-up-")
	if err != nil {
		return fmt.Errorf("make the working folder: %w", err)
	}
	defer func() { _ = os.RemoveAll(dir) }()
	cloud, err := localcloud.Start(command.Context(), localcloud.Options{Assembly: a, Dir: dir, TimeScale: f.timeScale, Seed: 1, Clients: clients})
	if err != nil {
		return err
	}
	defer cloud.Close()
	out := command.OutOrStdout()
	description := rehearsal.Describe(cloud)
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
		err = printJSON(&text, description)
	} else {
		explain(&text, cloud, description)
	}
	if err == nil {
		_, err = io.WriteString(out, text.String())
	}
	if err != nil {
		return fmt.Errorf("write the description: %w", err)
	}
	return rehearsal.NewSession(cloud).Obey(command.Context(), command.InOrStdin(), out)
}

func explain(out io.Writer, cloud *localcloud.Cloud, d rehearsal.Ready) {
	host, port, _ := strings.Cut(d.DNSAddress, ":")
	_, _ = fmt.Fprintf(out, "Both Regions are up. New health checks settle within a minute; until then the standby answers.\n\n")
	_, _ = fmt.Fprintf(out, "  export HTTPS_PROXY=%s CURL_CA_BUNDLE=%s\n", d.HTTPSProxy, shell.Quote(d.CAFile))
	if d.ClientCertFile != "" {
		_, _ = fmt.Fprintf(out, "  alias curl=%s\n", shell.Quote("curl "+shell.Quote("--cert", d.ClientCertFile, "--key", d.ClientKeyFile)))
	}
	for _, line := range curlLines(cloud.Pair(), d) {
		_, _ = fmt.Fprintln(out, "  "+line)
	}
	_, _ = fmt.Fprintf(out, "  dig @%s -p %s %s\n\n", host, port, d.DomainName)
	_, _ = fmt.Fprintf(out, "  export SSL_CERT_FILE=%s AWS_CA_BUNDLE= AWS_ACCESS_KEY_ID=%s AWS_SECRET_ACCESS_KEY=%s AWS_SESSION_TOKEN=%s\n",
		shell.Quote(d.CAFile), signature.AccessKeyID, signature.SecretAccessKey, signature.SessionToken)
	_, _ = fmt.Fprintf(out, "  export %s=%s %s=%s\n  regionpair status\n\n", resolverVariable, d.DNSAddress, nameServersVariable, d.NameServer)
	for _, region := range d.Regions {
		_, _ = fmt.Fprintf(out, "  %-9s %-14s %s   API on %s\n", region.Role, region.Name, region.HealthURL, region.APIAddress)
	}
	if d.ConsoleURL != "" {
		_, _ = fmt.Fprintf(out, "\nThe console is at %s\n", d.ConsoleURL)
	}
	_, _ = fmt.Fprintf(out, "\nNot run here: %d resources and settings. Functions may do what their roles allow, and nothing else.\n", len(cloud.NotEmulated()))
	_, _ = fmt.Fprintf(out, "Type `fault %s crash`, `heal %s`, `switch on`, `break`, `status`, `help` or `quit`.\n", d.Regions[0].Name, d.Regions[0].Name)
}

// curlLines call the API as each of its clients: they write and read an object,
// or else ask the first GET route without parameters.
func curlLines(pair localcloud.Pair, d rehearsal.Ready) []string {
	lines := []string{}
	for _, client := range d.Clients {
		lines = append(lines, fmt.Sprintf("token=$(curl -s -u '%s:%s' -d grant_type=client_credentials %s | sed 's/.*access_token\":\"\\([^\"]*\\).*/\\1/')   # %s",
			client.ID, client.Secret, d.TokenURL, strings.Join(client.Scopes, ", ")))
	}
	const call = `curl -i -H "Authorization: Bearer $token" `
	path := ""
	for _, route := range pair.Routes {
		switch {
		case route.Method == http.MethodPut && route.Path == "/objects/{key+}":
			return append(lines, call+"-X PUT --data hello https://"+d.DomainName+"/objects/greeting", call+"https://"+d.DomainName+"/objects/greeting")
		case route.Method == http.MethodGet && path == "" && !strings.Contains(route.Path, "{") && !strings.HasPrefix(route.Path, "/.well-known/"):
			path = route.Path
		}
	}
	if path == "" {
		return lines
	}
	return append(lines, call+"https://"+d.DomainName+path)
}
