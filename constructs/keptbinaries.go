package regionpair

import (
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// keptBinaries are the binaries of one folder's last build, kept in the user's
// cache. Whether they are up to date is for the Go tool to say: it is given
// them as its output, and leaves them as they are if their build id is right.
//
// Runs may overlap. Each works in a folder of its own with links to the kept
// binaries; Go replaces a file rather than write into it, and what is new is
// renamed into its place. So a run reads what its own build made, always whole.
//
// Go looks at the build id alone, at the beginning of a file. A kept binary
// therefore has its digest in its name, and one that a crash or a disk damaged
// is not given to Go.
type keptBinaries struct {
	source string
	on     platform
}

const (
	sourceFile = "source"
	// longestRun is after how long the folder of a run is taken for that of one
	// that was killed.
	longestRun = 24 * time.Hour
)

// builtBinary is a binary as Go built it.
type builtBinary struct {
	content []byte
	digest  string // SHA-256 of the content, in hexadecimal
}

func readBinary(path string) (builtBinary, error) {
	content, err := os.ReadFile(path) //nolint:gosec // our own cache
	return builtBinary{content, fmt.Sprintf("%x", sha256.Sum256(content))}, err
}

// renew calls build with a folder that has the kept binaries, and returns those
// with the given names that are there afterwards.
func (k keptBinaries) renew(names []string, build func(folder string) error) (map[string]builtBinary, error) {
	kept := filepath.Join(binariesFolder(), k.id())
	if err := os.MkdirAll(kept, 0o700); err != nil {
		return nil, fmt.Errorf("make the folder for binaries: %w", err)
	}
	work, err := os.MkdirTemp(binariesFolder(), "run-")
	if err != nil {
		return nil, fmt.Errorf("make a folder to build in: %w", err)
	}
	defer func() { _ = os.RemoveAll(work) }()
	binaries := map[string]builtBinary{}
	for _, name := range names {
		binaries[name] = linkWhole(kept, name, work)
	}
	if err := build(work); err != nil {
		return nil, err
	}
	for name, binary := range binaries {
		built := filepath.Join(work, name)
		if sameFile(built, binary.placeIn(kept, name)) {
			continue // there was nothing to do, and it was read before
		}
		if binaries[name], err = readBinary(built); err != nil {
			return nil, fmt.Errorf("read the binary that was built: %w", err)
		}
	}
	k.keep(work, kept, binaries)
	return binaries, nil
}

// linkWhole links the kept binary into the folder of a run, and returns it if there
// is one. Without a link, at worst on a file system that has none, Go builds anew.
func linkWhole(kept, name, work string) builtBinary {
	candidates, _ := filepath.Glob(filepath.Join(kept, name+".*"))
	for _, candidate := range candidates {
		if binary, err := readBinary(candidate); err == nil && candidate == binary.placeIn(kept, name) {
			_ = os.Link(candidate, filepath.Join(work, name))
			return binary
		}
	}
	return builtBinary{}
}

// placeIn is where a binary is kept.
func (b builtBinary) placeIn(kept, name string) string {
	return filepath.Join(kept, name+"."+b.digest)
}

// keep puts what is new into its place. A failure costs the next run a build.
func (k keptBinaries) keep(work, kept string, binaries map[string]builtBinary) {
	changed := false
	for name, binary := range binaries {
		place := binary.placeIn(kept, name)
		if sameFile(filepath.Join(work, name), place) {
			continue
		}
		changed = true
		old, _ := filepath.Glob(filepath.Join(kept, name+".*"))
		for _, file := range old {
			_ = os.Remove(file)
		}
		_ = os.Rename(filepath.Join(work, name), place)
	}
	if changed {
		_ = os.WriteFile(filepath.Join(kept, sourceFile), []byte(k.source), 0o600)
		sweepBinaries()
	}
}

func sameFile(a, b string) bool {
	first, err := os.Stat(a)
	if err != nil {
		return false
	}
	second, err := os.Stat(b)
	return err == nil && os.SameFile(first, second)
}

func (k keptBinaries) id() string {
	return fmt.Sprintf("%x", sha256.Sum256([]byte(k.source+"\n"+k.on.String())))[:32]
}

func binariesFolder() string {
	cache, err := os.UserCacheDir()
	if err != nil {
		cache = os.TempDir()
	}
	return filepath.Join(cache, "regionpair", "functions")
}

// sweepBinaries removes binaries whose sources are gone, as those of a deleted
// checkout, and the folders of runs that were killed.
func sweepBinaries() {
	folders, _ := os.ReadDir(binariesFolder())
	for _, folder := range folders {
		path := filepath.Join(binariesFolder(), folder.Name())
		source, err := os.ReadFile(filepath.Join(path, sourceFile)) //nolint:gosec // our own cache
		if err == nil {
			if _, err := os.Stat(string(source)); os.IsNotExist(err) { //nolint:gosec // our own cache
				_ = os.RemoveAll(path)
			}
			continue
		}
		if info, err := folder.Info(); err == nil && time.Since(info.ModTime()) > longestRun {
			_ = os.RemoveAll(path)
		}
	}
}
