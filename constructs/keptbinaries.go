package regionpair

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
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
// therefore has a checksum in its name, and one that a crash or a disk damaged is
// not given to Go. Its digest is in the name, too: to compute it each time would
// take longer than to build nothing.
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

// builtBinary is a binary as Go built it. It is open, so that it can be read when
// another run has replaced it meanwhile.
type builtBinary struct {
	file     *os.File
	digest   string // SHA-256 of the content, in hexadecimal
	checksum string // CRC-32C of the content, in hexadecimal
}

// openBinary computes the digest and the checksum of a new binary.
func openBinary(path string) (builtBinary, error) {
	file, err := os.Open(path) //nolint:gosec // our own cache
	if err != nil {
		return builtBinary{}, err
	}
	digest, checksum := sha256.New(), newChecksum()
	if err := copyInto(io.MultiWriter(digest, checksum), file); err != nil {
		return builtBinary{}, errors.Join(err, file.Close())
	}
	return builtBinary{file, inHexadecimal(digest), inHexadecimal(checksum)}, nil
}

// openKept takes the digest of a kept binary from its name, if it is whole.
func openKept(path, name string) (builtBinary, bool) {
	digest, checksum, _ := strings.Cut(strings.TrimPrefix(filepath.Base(path), name+"."), ".")
	file, err := os.Open(path) //nolint:gosec // our own cache
	if err != nil {
		return builtBinary{}, false
	}
	computed := newChecksum()
	if err := copyInto(computed, file); err != nil || inHexadecimal(computed) != checksum {
		_ = file.Close()
		return builtBinary{}, false
	}
	return builtBinary{file, digest, checksum}, true
}

func newChecksum() hash.Hash { return crc32.New(crc32.MakeTable(crc32.Castagnoli)) }

func inHexadecimal(h hash.Hash) string { return fmt.Sprintf("%x", h.Sum(nil)) }

// copyInto reads the whole file, wherever it was read last.
func copyInto(writer io.Writer, file *os.File) error {
	_, err := io.CopyBuffer(writer, io.NewSectionReader(file, 0, math.MaxInt64), make([]byte, 1<<18))
	return err
}

// writeTo a new file what the digest is of, and nothing else.
func (b builtBinary) writeTo(path string) error {
	digest := sha256.New()
	copied, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_TRUNC, 0o755) //nolint:gosec // a Lambda bootstrap has to be executable
	if err != nil {
		return err
	}
	if err := errors.Join(copyInto(io.MultiWriter(digest, copied), b.file), copied.Close()); err != nil {
		return err
	}
	if inHexadecimal(digest) != b.digest {
		return fmt.Errorf("%s is damaged: remove it", b.file.Name())
	}
	return nil
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
			continue // there was nothing to do
		}
		_ = binary.file.Close()
		if binaries[name], err = openBinary(built); err != nil {
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
		if binary, whole := openKept(candidate, name); whole {
			_ = os.Link(candidate, filepath.Join(work, name))
			return binary
		}
	}
	return builtBinary{}
}

// placeIn is where a binary is kept.
func (b builtBinary) placeIn(kept, name string) string {
	return filepath.Join(kept, name+"."+b.digest+"."+b.checksum)
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
