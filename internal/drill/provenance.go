package drill

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/assembly"
	"github.com/regionpair/regionpair/internal/contract"
	"github.com/regionpair/regionpair/internal/localcloud"
	"github.com/regionpair/regionpair/internal/shell"
)

// Provenance is what an auditor needs to repeat a drill and to know what it was
// about.
type Provenance struct {
	// PairName is what the names of the stacks have in common.
	PairName string `json:"pairName"`
	// StartedAt is the time in UTC.
	StartedAt time.Time `json:"startedAt"`
	// Version of regionpair: a release, or "(devel)".
	Version string `json:"version"`
	// Commit of the folder that the drill was started in; empty outside of a
	// repository. Modified reports whether it had changes.
	Commit   string `json:"commit"`
	Modified bool   `json:"modified"`
	// Templates that ran.
	Templates []TemplateFacts `json:"templates"`
	Machine   MachineFacts    `json:"machine"`
	// Command that repeats the drill.
	Command string `json:"command"`
}

// TemplateFacts identify a template.
type TemplateFacts struct {
	Stack  string `json:"stack"`
	Region string `json:"region"`
	// Durability of the objects that it is for, when several are compared.
	Durability string `json:"durability,omitempty" enum:"async|sync"`
	// File in the cloud assembly, and the SHA-256 of its bytes.
	File   string `json:"file"`
	SHA256 string `json:"sha256"`
}

// MachineFacts tell machines apart that measure differently.
type MachineFacts struct {
	OS           string `json:"os"`
	Architecture string `json:"architecture"`
	CPUs         int    `json:"cpus"`
	Go           string `json:"go"`
}

// PairFacts are what the templates say about detection and DNS.
type PairFacts struct {
	DomainName      string `json:"domainName"`
	PrimaryRegion   string `json:"primaryRegion"`
	SecondaryRegion string `json:"secondaryRegion"`
	// CheckIntervalSeconds, FailureThreshold and Checkers of the primary's
	// health check.
	CheckIntervalSeconds float64 `json:"checkIntervalSeconds"`
	FailureThreshold     int     `json:"failureThreshold"`
	Checkers             int     `json:"checkers"`
	// TTLSeconds of the failover records.
	TTLSeconds float64 `json:"ttlSeconds"`
	// Durability of the objects: "sync" when both Regions have each write that is
	// acknowledged, otherwise "async".
	Durability string `json:"durability"`
}

func factsOf(pair localcloud.Pair) PairFacts {
	durability := contract.DurabilityAsync
	if pair.Synchronous {
		durability = contract.DurabilitySync
	}
	return PairFacts{
		Durability: string(durability),
		DomainName: pair.DomainName, PrimaryRegion: pair.Primary.Name, SecondaryRegion: pair.Secondary.Name,
		CheckIntervalSeconds: pair.Check.Interval.Seconds(), FailureThreshold: pair.Check.Threshold, Checkers: pair.Check.Checkers(),
		TTLSeconds: pair.TTL.Seconds(),
	}
}

// NewProvenance describes a drill of an assembly that starts now, without its
// templates. Command is the program with its arguments.
func NewProvenance(ctx context.Context, a *assembly.Assembly, command []string) Provenance {
	p := provenance(ctx, pairName(a), time.Now())
	p.Command = shell.Quote(command...)
	return p
}

// AddTemplates adds those of an assembly, for one of several durabilities if it
// has a name.
func (p *Provenance) AddTemplates(a *assembly.Assembly, durability string) error {
	for _, stack := range a.Stacks {
		text, err := os.ReadFile(stack.TemplateFile)
		if err != nil {
			return fmt.Errorf("read the template of %s: %w", stack.Name, err)
		}
		sum := sha256.Sum256(text)
		p.Templates = append(p.Templates, TemplateFacts{
			Stack: stack.Name, Region: stack.Region, Durability: durability, File: filepath.Base(stack.TemplateFile), SHA256: hex.EncodeToString(sum[:]),
		})
	}
	return nil
}

// provenance is what is known without an assembly.
func provenance(ctx context.Context, pair string, began time.Time) Provenance {
	p := Provenance{
		PairName: pair, StartedAt: began.UTC().Truncate(time.Second), Version: "(devel)", Templates: []TemplateFacts{},
		Machine: MachineFacts{OS: runtime.GOOS, Architecture: runtime.GOARCH, CPUs: runtime.NumCPU(), Go: runtime.Version()},
	}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" {
		p.Version = info.Main.Version
	}
	p.Commit, p.Modified = commit(ctx)
	return p
}

// pairName is what the names of the stacks have in common, up to a hyphen.
func pairName(a *assembly.Assembly) string {
	if len(a.Stacks) == 0 {
		return ""
	}
	common := a.Stacks[0].Name
	for _, stack := range a.Stacks {
		for !strings.HasPrefix(stack.Name, common) {
			common = common[:len(common)-1]
		}
	}
	if at := strings.LastIndex(common, "-"); at > 0 && len(a.Stacks) > 1 {
		return common[:at]
	}
	return common
}

// commit of the folder that the program was started in. There may be no
// repository and no git; the report then says so.
func commit(ctx context.Context) (hash string, modified bool) {
	head, err := exec.CommandContext(ctx, "git", "rev-parse", "HEAD").Output()
	if err != nil {
		return "", false
	}
	changes, err := exec.CommandContext(ctx, "git", "status", "--porcelain").Output()
	return strings.TrimSpace(string(head)), err != nil || len(bytes.TrimSpace(changes)) > 0
}
