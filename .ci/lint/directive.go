package main

import (
	"go/ast"
	"go/token"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
)

// A directive is one "//lint:ignore name[,name] reason" comment; it silences its own line and the next.
type directive struct {
	pos    token.Pos
	file   string
	line   int
	names  []string
	reason string
}

const directivePrefix = "//lint:ignore"

func directives(fset *token.FileSet, files []*ast.File) []directive {
	var found []directive
	for _, f := range files {
		for _, group := range f.Comments {
			for _, c := range group.List {
				rest, ok := strings.CutPrefix(c.Text, directivePrefix)
				if !ok {
					continue
				}
				at := fset.Position(c.Pos())
				name, reason, _ := strings.Cut(strings.TrimSpace(rest), " ")
				found = append(found, directive{
					pos: c.Pos(), file: at.Filename, line: at.Line,
					names: strings.Split(name, ","), reason: strings.TrimSpace(reason),
				})
			}
		}
	}
	return found
}

func (d directive) silences(name string, at token.Position) bool {
	return slices.Contains(d.names, name) && d.file == at.Filename && (d.line == at.Line || d.line+1 == at.Line)
}

// obeyDirectives makes a stay silent where a directive names it, and in generated files, and report the directives that
// silenced nothing.
func obeyDirectives(a *analysis.Analyzer) {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		list := directives(pass.Fset, pass.Files)
		spent := make([]bool, len(list))
		generated := map[string]bool{}
		for _, f := range pass.Files {
			generated[pass.Fset.Position(f.Package).Filename] = ast.IsGenerated(f)
		}
		report := pass.Report
		pass.Report = func(d analysis.Diagnostic) {
			at := pass.Fset.Position(d.Pos)
			if generated[at.Filename] {
				return
			}
			for i := range list {
				if list[i].silences(a.Name, at) {
					spent[i] = true
					return
				}
			}
			report(d)
		}
		result, err := run(pass)
		for i, d := range list {
			if slices.Contains(d.names, a.Name) && !spent[i] {
				report(analysis.Diagnostic{Pos: d.pos, Message: a.Name + " finds nothing to ignore here: remove the directive"})
			}
		}
		return result, err
	}
}

// directiveAnalyzer reports a directive without a reason and one that names no analyzer of ours.
func directiveAnalyzer(names []string) *analysis.Analyzer {
	return &analysis.Analyzer{
		Name: "directive",
		Doc:  "check that a lint:ignore names an analyzer and gives a reason",
		Run: func(pass *analysis.Pass) (any, error) {
			for _, d := range directives(pass.Fset, pass.Files) {
				if d.reason == "" {
					pass.Reportf(d.pos, "say why: %s <analyzer> <reason>", directivePrefix)
				}
				for _, name := range d.names {
					if !slices.Contains(names, name) {
						pass.Reportf(d.pos, "no analyzer is named %q", name)
					}
				}
			}
			return nil, nil
		},
	}
}
