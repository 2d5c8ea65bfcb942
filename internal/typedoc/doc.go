// Package typedoc makes JSON Schemas and reference pages from Go types, the rules in the tags of their fields and their doc
// comments.
package typedoc
