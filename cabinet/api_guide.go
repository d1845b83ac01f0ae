package cabinet

import (
	"fmt"
	"net/http"
	"slices"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"roadline/cabinet/access"
)

// Guide is the API in words, made of its OpenAPI document, for whoever draws it.
type Guide struct {
	Prefix string // of every path
	Parts  []GuidePart
}

// GuidePart is the operations about one thing, in the order in which people look for them.
type GuidePart struct {
	Name       string
	Operations []GuideOperation
}

// GuideOperation is one thing that can be asked for.
type GuideOperation struct {
	ID, Method, Path, Summary, More string
	Right                           access.Right // that it needs; empty: to be signed in
	Parameters                      []GuideField
	Body                            []GuideField // of JSON that is sent
	Sends                           string       // the media type of what is sent, where that is no JSON
	Answer                          []GuideField // of JSON that is answered; of a list, those of each
	List                            bool         // the answer is a list
	Media                           string       // of an answer that is no JSON
	Curl                            string       // how a program asks for it
}

// GuideField is a parameter, or a field of JSON.
type GuideField struct {
	Name  string
	In    string // "path", "query", "header"; empty: a field
	Kind  string // "string", "integer", "list of string"
	Must  bool
	Words string
}

// Guide returns the API in words.
func (a *API) Guide() Guide {
	doc := newOperations(a).huma.OpenAPI()
	g := Guide{Prefix: publicPrefix}
	var found []GuideOperation
	parts := map[string]string{}
	for path, item := range doc.Paths {
		for _, op := range []*huma.Operation{item.Get, item.Post, item.Put, item.Delete} {
			if op != nil {
				found = append(found, guideOf(doc, path, op))
				parts[op.OperationID] = op.Tags[0]
			}
		}
	}
	order := map[string]int{http.MethodGet: 0, http.MethodPost: 1, http.MethodPut: 2, http.MethodDelete: 3}
	slices.SortFunc(found, func(a, b GuideOperation) int {
		if a.Path != b.Path {
			return strings.Compare(a.Path, b.Path)
		}
		return order[a.Method] - order[b.Method]
	})
	for _, op := range found {
		i := slices.IndexFunc(g.Parts, func(p GuidePart) bool { return p.Name == parts[op.ID] })
		if i < 0 {
			i = len(g.Parts)
			g.Parts = append(g.Parts, GuidePart{Name: parts[op.ID]})
		}
		g.Parts[i].Operations = append(g.Parts[i].Operations, op)
	}
	slices.SortFunc(g.Parts, func(a, b GuidePart) int { return strings.Compare(a.Name, b.Name) })
	return g
}

func guideOf(doc *huma.OpenAPI, path string, op *huma.Operation) GuideOperation {
	g := GuideOperation{ID: op.OperationID, Method: op.Method, Path: path, Summary: op.Summary, More: op.Description}
	g.Right, _ = op.Extensions["x-right"].(access.Right)
	for _, p := range op.Parameters {
		g.Parameters = append(g.Parameters, GuideField{Name: p.Name, In: p.In, Kind: kindOf(doc, p.Schema), Must: p.Required, Words: wordsOf(p.Schema, p.Description)})
	}
	if op.RequestBody != nil {
		for media, content := range op.RequestBody.Content {
			if media == "application/json" {
				g.Body = fieldsOf(doc, content.Schema)
			} else {
				g.Sends = media
			}
		}
	}
	for media, content := range op.Responses["200"].Content {
		schema := resolved(doc, content.Schema)
		switch {
		case media != "application/json":
			g.Media = media
		case schema != nil && schema.Items != nil:
			g.List, g.Answer = true, fieldsOf(doc, schema.Items)
		default:
			g.Answer = fieldsOf(doc, schema)
		}
	}
	g.Curl = curlOf(g)
	return g
}

// resolved is a schema, or the one that it refers to.
func resolved(doc *huma.OpenAPI, s *huma.Schema) *huma.Schema {
	if s != nil && s.Ref != "" {
		return doc.Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

// fieldsOf are the fields of an object by name, those that must be there first.
func fieldsOf(doc *huma.OpenAPI, s *huma.Schema) []GuideField {
	if s = resolved(doc, s); s == nil {
		return nil
	}
	var all []GuideField
	for name, field := range s.Properties {
		must := slices.Contains(s.Required, name)
		all = append(all, GuideField{Name: name, Kind: kindOf(doc, field), Must: must, Words: wordsOf(field, field.Description)})
	}
	slices.SortFunc(all, func(a, b GuideField) int {
		if a.Must != b.Must {
			if a.Must {
				return -1
			}
			return 1
		}
		return strings.Compare(a.Name, b.Name)
	})
	return all
}

// kindOf names the kind of a value.
func kindOf(doc *huma.OpenAPI, s *huma.Schema) string {
	s = resolved(doc, s)
	switch {
	case s == nil:
		return "any"
	case s.Items != nil:
		return "list of " + kindOf(doc, s.Items)
	case s.Format == "date-time":
		return "time"
	case s.Type == "":
		return "any"
	}
	return s.Type
}

// wordsOf says what may stand in a value.
func wordsOf(s *huma.Schema, said string) string {
	words := []string{}
	if said != "" {
		words = append(words, said)
	}
	if len(s.Enum) > 0 {
		var all []string
		for _, v := range s.Enum {
			all = append(all, fmt.Sprint(v))
		}
		words = append(words, "One of "+strings.Join(all, ", ")+".")
	}
	if s.Minimum != nil && s.Maximum != nil {
		words = append(words, fmt.Sprintf("From %v to %v.", *s.Minimum, *s.Maximum))
	}
	return strings.Join(words, " ")
}

// curlOf is how a program asks for an operation.
func curlOf(g GuideOperation) string {
	text := `curl -H "Authorization: Bearer $TOKEN"`
	if g.Method != http.MethodGet {
		text += " -X " + g.Method
	}
	if g.Body != nil {
		var fields []string
		for _, f := range g.Body {
			if f.Must {
				fields = append(fields, fmt.Sprintf("%q: …", f.Name))
			}
		}
		text += " --json '{" + strings.Join(fields, ", ") + "}'"
	}
	if g.Sends != "" {
		text += " -H 'Content-Type: " + g.Sends + "' --data-binary @FILE"
	}
	for _, p := range g.Parameters {
		if p.In == "header" && p.Must {
			text += fmt.Sprintf(` -H '%s: …'`, p.Name)
		}
	}
	return text + " $CABINET" + publicPrefix + g.Path
}
