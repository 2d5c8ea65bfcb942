package interpreter

import (
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"
)

// maxSourceBytes is more than a file has that somebody wrote, or that a bundler
// made of it.
const maxSourceBytes = 16 << 20

// mentioned returns what the first group of a pattern finds in the source files of
// a folder, each once. What packages that are bundled with the code ask for is
// theirs.
func mentioned(dir string, pattern *regexp.Regexp, extensions ...string) []string {
	names := []string{}
	_ = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return nil
		case entry.IsDir() && path != dir && slices.Contains([]string{"node_modules", "boto3", "botocore"}, entry.Name()):
			return fs.SkipDir
		case entry.IsDir() || !slices.Contains(extensions, filepath.Ext(path)):
			return nil
		}
		if info, err := entry.Info(); err != nil || info.Size() > maxSourceBytes {
			return nil
		}
		text, err := os.ReadFile(path) //nolint:gosec // the function's own code
		if err != nil {
			return nil
		}
		for _, match := range pattern.FindAllSubmatch(text, -1) {
			if name := string(match[1]); !slices.Contains(names, name) {
				names = append(names, name)
			}
		}
		return nil
	})
	slices.Sort(names)
	return names
}
