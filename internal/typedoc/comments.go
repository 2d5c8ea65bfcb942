package typedoc

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"reflect"
	"strings"
)

// Comment is the doc comment of a field, in its parts.
type Comment struct {
	// Meaning says what it is, as a sentence without the field's name.
	Meaning string
	// Default and Allowed are what follows those words; empty when the comment has none.
	Default, Allowed string
}

// Comments are the doc comments of the fields of types, such as "Health.Depth".
type Comments map[string]Comment

// Of returns the comment of a field of t.
func (c Comments) Of(t reflect.Type, field reflect.StructField) Comment {
	return c[t.Name()+"."+field.Name]
}

// ReadComments reads the types of a Go file.
func ReadComments(file string) (Comments, error) {
	parsed, err := parser.ParseFile(token.NewFileSet(), file, nil, parser.ParseComments)
	if err != nil {
		return nil, fmt.Errorf("read the doc comments: %w", err)
	}
	found := Comments{}
	for _, decl := range parsed.Decls {
		if types, ok := decl.(*ast.GenDecl); ok && types.Tok == token.TYPE {
			found.readType(types)
		}
	}
	return found, nil
}

func (c Comments) readType(decl *ast.GenDecl) {
	for _, spec := range decl.Specs {
		named := spec.(*ast.TypeSpec)
		fields, ok := named.Type.(*ast.StructType)
		if !ok {
			continue
		}
		for _, field := range fields.Fields.List {
			// A comment begins with the name of the first field that it is about.
			for _, name := range field.Names {
				c[named.Name.Name+"."+name.Name] = split(field.Names[0].Name, field.Doc.Text())
			}
		}
	}
}

// split takes "Name is the meaning. Default: x. Allowed: y." apart.
func split(name, text string) Comment {
	text = strings.Join(strings.Fields(text), " ")
	text, allowed, _ := strings.Cut(text, " Allowed: ")
	text, byDefault, _ := strings.Cut(text, " Default: ")
	return Comment{Meaning: sentence(name, text), Default: strings.TrimSuffix(byDefault, "."), Allowed: strings.TrimSuffix(allowed, ".")}
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
