// Package strict reads JSON documents that people write: every problem at once, each with its path, what was found and what
// to write instead. The rules that fit in one field are tags of that field, read by package rule.
package strict
