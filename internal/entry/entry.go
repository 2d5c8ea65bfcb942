// Package entry finds the folders of Go functions that an app names.
package entry

import (
	"fmt"
	"go/build"
	"os"
	"path/filepath"
)

// Problem is what is wrong with a folder, and what to do about it.
type Problem struct {
	Found, Fix string
}

func (p Problem) String() string { return p.Found + "; " + p.Fix }

// Folder returns the absolute path of an entry. A relative one is looked for
// beside the app's cdk.json, the nearest at or above the working folder, and then
// in the working folder: CDK starts an app beside its cdk.json, a test of the app
// runs in the folder of its package.
func Folder(entry string) string {
	if filepath.IsAbs(entry) {
		return filepath.Clean(entry)
	}
	working, err := os.Getwd()
	if err != nil {
		return filepath.Clean(entry)
	}
	if beside := filepath.Join(appFolder(working), entry); exists(beside) {
		return beside
	}
	return filepath.Join(working, entry)
}

// appFolder is the nearest folder with a cdk.json, or the working folder itself.
func appFolder(working string) string {
	for folder := working; ; folder = filepath.Dir(folder) {
		if exists(filepath.Join(folder, "cdk.json")) {
			return folder
		}
		if folder == filepath.Dir(folder) {
			return working
		}
	}
}

func exists(path string) bool {
	_, err := os.Stat(path)
	return err == nil
}

// Check says why an entry is no Go program for Lambda; nil when it is one.
func Check(entry string) *Problem {
	folder := Folder(entry)
	found, err := os.Stat(folder)
	if err != nil {
		return &Problem{fmt.Sprintf("there is no folder %q", folder), "name the folder of a Go main package, relative to the app's cdk.json"}
	}
	if !found.IsDir() {
		return &Problem{fmt.Sprintf("%q is a file", folder), "name the folder that it is in"}
	}
	context := build.Default
	context.GOOS, context.CgoEnabled = "linux", false
	pkg, err := context.ImportDir(folder, 0)
	if err != nil {
		return &Problem{fmt.Sprintf("%q holds no Go package that builds for Linux", folder), fmt.Sprintf("name the folder of a Go main package (%v)", err)}
	}
	if !pkg.IsCommand() {
		return &Problem{fmt.Sprintf("%q is package %s", folder, pkg.Name), "name the folder of a main package"}
	}
	return nil
}
