package main

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"path/filepath"
	"reflect"
	"strings"
)

// comment is the doc comment of a field, in its parts.
type comment struct {
	// Meaning says what it is, as a sentence without the field's name.
	Meaning string
	// Default and Allowed are what follows those words; empty when the comment has none.
	Default, Allowed string
}

// comments are the doc comments of the fields of the configuration types, such as "Health.Depth".
type comments map[string]comment

// of returns the comment of a field of t.
func (c comments) of(t reflect.Type, field reflect.StructField) comment {
	return c[t.Name()+"."+field.Name]
}

func readComments(configDir string) (comments, error) {
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(configDir, "config.go"), nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("read the doc comments: %w", err)
	}
	found := comments{}
	for _, decl := range file.Decls {
		if types, ok := decl.(*ast.GenDecl); ok && types.Tok == token.TYPE {
			found.readType(types)
		}
	}
	return found, nil
}

func (c comments) readType(decl *ast.GenDecl) {
	spec := decl.Specs[0].(*ast.TypeSpec)
	fields, ok := spec.Type.(*ast.StructType)
	if !ok {
		return
	}
	for _, field := range fields.Fields.List {
		name := field.Names[0].Name
		c[spec.Name.Name+"."+name] = split(name, field.Doc.Text())
	}
}

// split takes "Name is the meaning. Default: x. Allowed: y." apart.
func split(name, text string) comment {
	text = strings.Join(strings.Fields(text), " ")
	text, allowed, _ := strings.Cut(text, " Allowed: ")
	text, byDefault, _ := strings.Cut(text, " Default: ")
	return comment{Meaning: sentence(name, text), Default: strings.TrimSuffix(byDefault, "."), Allowed: strings.TrimSuffix(allowed, ".")}
}

// sentence drops the name that Go's convention puts first: "Name is the name." becomes "The name."
func sentence(name, text string) string {
	text = strings.TrimPrefix(text, name+" ")
	for _, verb := range []string{"is ", "are "} {
		text = strings.TrimPrefix(text, verb)
	}
	if text == "" {
		return ""
	}
	return strings.ToUpper(text[:1]) + text[1:]
}
