// Package report writes what a drill found out: one HTML page that needs
// nothing else, Markdown, a picture, and JSON.
package report
