package documents

import (
	"fmt"
	"io/fs"
	"path/filepath"
	"reflect"
	"strings"
	"time"

	"github.com/regionpair/regionpair/internal/typedoc"
)

// baseURL is where the schemas are published.
const baseURL = "https://raw.githubusercontent.com/regionpair/regionpair/main/docs/reference/schemas/"

// Schema of a document. Fields may be added without a new schemaVersion, so
// that objects are open.
func (d Document) Schema(comments typedoc.Comments) ([]byte, error) {
	g := generator{comments: comments, definitions: typedoc.Object{}}
	root := g.structure(d.Type)
	root["$schema"] = "https://json-schema.org/draft/2020-12/schema"
	root["$id"] = baseURL + d.File()
	root["title"] = "regionpair " + strings.Join(d.Commands, ", ")
	if len(g.definitions) > 0 {
		root["$defs"] = g.definitions
	}
	return typedoc.Encode(root)
}

// ReadComments reads the doc comments of the documents' types from the sources.
func ReadComments(module string) (typedoc.Comments, error) {
	all := typedoc.Comments{}
	err := filepath.WalkDir(filepath.Join(module, "internal"), func(path string, entry fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case entry.IsDir() && entry.Name() == "testdata":
			return filepath.SkipDir
		case entry.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go"):
			return nil
		}
		folder, err := filepath.Rel(module, filepath.Dir(path))
		if err != nil {
			return err
		}
		comments, err := typedoc.ReadComments(path)
		for field, comment := range comments {
			all[filepath.ToSlash(folder)+"."+field] = comment
		}
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("read the doc comments: %w", err)
	}
	return all, nil
}

type generator struct {
	comments    typedoc.Comments
	definitions typedoc.Object
}

// modulePath precedes the folders of types.
const modulePath = "github.com/regionpair/regionpair/"

func (g generator) comment(parent reflect.Type, field reflect.StructField) string {
	folder := strings.TrimPrefix(parent.PkgPath(), modulePath)
	return typedoc.Describe(g.comments[folder+"."+parent.Name()+"."+field.Name])
}

func (g generator) structure(t reflect.Type) typedoc.Object {
	properties, required := typedoc.Object{}, []string{}
	for _, field := range reflect.VisibleFields(t) {
		name, options, _ := strings.Cut(field.Tag.Get("json"), ",")
		if !field.IsExported() || field.Anonymous || name == "-" {
			continue
		}
		if name == "" {
			name = field.Name
		}
		properties[name] = g.field(t, field)
		if !strings.Contains(options, "omitempty") && !strings.Contains(options, "omitzero") {
			required = append(required, name)
		}
	}
	return typedoc.Object{"type": "object", "properties": properties, "required": required}
}

func (g generator) field(parent reflect.Type, field reflect.StructField) typedoc.Object {
	if len(field.Index) > 1 {
		parent = parent.FieldByIndex(field.Index[:len(field.Index)-1]).Type
	}
	schema := g.value(field.Type)
	if text := g.comment(parent, field); text != "" {
		schema["description"] = text
	}
	if allowed := field.Tag.Get("enum"); allowed != "" {
		schema["enum"] = strings.Split(allowed, "|")
	}
	return schema
}

func (g generator) value(t reflect.Type) typedoc.Object {
	switch t.Kind() {
	case reflect.Pointer:
		return g.value(t.Elem())
	case reflect.Struct:
		return g.reference(t)
	case reflect.Map:
		return typedoc.Object{"type": "object", "additionalProperties": g.value(t.Elem())}
	case reflect.Slice:
		return typedoc.Object{"type": "array", "items": g.value(t.Elem())}
	case reflect.Array:
		return typedoc.Object{"type": "array", "items": g.value(t.Elem()), "minItems": t.Len(), "maxItems": t.Len()}
	case reflect.String:
		return typedoc.Object{"type": "string"}
	case reflect.Bool:
		return typedoc.Object{"type": "boolean"}
	case reflect.Float64:
		return typedoc.Object{"type": "number"}
	case reflect.Int, reflect.Int64:
		return typedoc.Object{"type": "integer"}
	case reflect.Uint64:
		return typedoc.Object{"type": "integer", "minimum": 0}
	}
	panic("documents hold no " + t.String())
}

// reference to a struct that is described once.
func (g generator) reference(t reflect.Type) typedoc.Object {
	if t == reflect.TypeFor[time.Time]() {
		return typedoc.Object{"type": "string", "format": "date-time"}
	}
	folder := strings.Split(t.PkgPath(), "/")
	name := folder[len(folder)-1] + "." + t.Name()
	if _, known := g.definitions[name]; !known {
		g.definitions[name] = nil // in the making
		g.definitions[name] = g.structure(t)
	}
	return typedoc.Object{"$ref": "#/$defs/" + name}
}
