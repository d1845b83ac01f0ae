package main

import (
	"go/ast"
	"go/types"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// forbid reports uses of functions that have one owner or none.
var forbid = &analysis.Analyzer{
	Name:     "forbid",
	Doc:      "report sleeps in tests, clocks read outside their owners, prints, exits, the global logger",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runForbid,
}

// A place is where a function is named.
type place struct {
	pkg     string // import path; of a test, that of the package it tests
	file    string // base name
	test    bool
	bubbles bool       // the package uses testing/synctest
	above   []ast.Node // from the file down to the name itself
	info    *types.Info
}

// A ban is a set of functions ("import/path.Name", "import/path.*") and the places where they may stand.
type ban struct {
	names   []string
	allowed func(place) bool
	instead string
}

var bans = []ban{
	{
		names:   []string{"time.Sleep"},
		allowed: func(p place) bool { return !p.test || p.within("testing/synctest.Test") },
		instead: "wait on a signal, or use testing/synctest",
	},
	{
		// A receive that stands alone is a sleep in other words; in a select it is a limit. Tests that use synctest may
		// call it from within a bubble.
		names:   []string{"time.After", "time.Tick"},
		allowed: func(p place) bool { return !p.test || p.bubbles || !p.receivedAlone() },
		instead: "wait on a signal, or use testing/synctest",
	},
	{
		names:   []string{"time.Now", "time.Since", "time.Until"},
		allowed: func(p place) bool { return p.test || p.ownsClock() || p.setsDeadline() },
		instead: "take the injected clock: only cmd/roadline/house and call.Run read the machine's",
	},
	{
		names:   []string{"fmt.Print", "fmt.Printf", "fmt.Println", "builtin.print", "builtin.println"},
		allowed: func(p place) bool { return p.test },
		instead: "write to the writer that was passed in, or log with slog",
	},
	{
		names:   []string{"log.*"},
		allowed: func(place) bool { return false },
		instead: "log with the *slog.Logger that was passed in",
	},
	{
		names:   []string{"os.Exit"},
		allowed: func(p place) bool { return p.test || p.pkg == module+"/cmd/roadline" },
		instead: "return an error; only the command exits",
	},
	{
		names:   []string{"context.TODO"},
		allowed: func(place) bool { return false },
		instead: "take the caller's context",
	},
}

// module is the import path that our own packages begin with.
const module = "roadline"

func runForbid(pass *analysis.Pass) (any, error) {
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	bubbles := slices.ContainsFunc(pass.Pkg.Imports(), func(p *types.Package) bool { return p.Path() == "testing/synctest" })
	in.WithStack([]ast.Node{(*ast.Ident)(nil)}, func(n ast.Node, push bool, stack []ast.Node) bool {
		name, instead := qualified(pass.TypesInfo.Uses[n.(*ast.Ident)]), ""
		if !push || name == "" {
			return true
		}
		file := pass.Fset.Position(n.Pos()).Filename
		p := place{
			pkg: strings.TrimSuffix(pass.Pkg.Path(), "_test"), file: filepath.Base(file),
			test: isTest(pass, n.Pos()), bubbles: bubbles, above: stack, info: pass.TypesInfo,
		}
		for _, b := range bans {
			if b.covers(name) && !b.allowed(p) {
				instead = b.instead
			}
		}
		if instead != "" {
			pass.Reportf(n.Pos(), "%s is not used here: %s", name, instead)
		}
		return true
	})
	return nil, nil
}

func (b ban) covers(name string) bool {
	for _, banned := range b.names {
		if banned == name {
			return true
		}
		if all, ok := strings.CutSuffix(banned, "*"); ok && strings.HasPrefix(name, all) && strings.LastIndex(name, ".") == len(all)-1 {
			return true
		}
	}
	return false
}

// qualified is "import/path.Name" of a package-level function or a builtin, else empty: methods have no owner rule.
func qualified(obj types.Object) string {
	switch obj := obj.(type) {
	case *types.Func:
		if obj.Pkg() != nil && obj.Signature().Recv() == nil {
			return obj.Pkg().Path() + "." + obj.Name()
		}
	case *types.Builtin:
		return "builtin." + obj.Name()
	}
	return ""
}

// ownsClock: the program's assembly, and the goroutine that runs a call.
func (p place) ownsClock() bool {
	return strings.HasPrefix(p.pkg, module+"/cmd/roadline/") || p.pkg == module+"/fmc/call" && p.file == "run.go"
}

// setsDeadline says that the name stands in the argument of a Set…Deadline call: sockets know no other clock.
func (p place) setsDeadline() bool {
	for _, n := range p.above {
		if call, ok := n.(*ast.CallExpr); ok {
			if sel, ok := call.Fun.(*ast.SelectorExpr); ok && strings.HasPrefix(sel.Sel.Name, "Set") && strings.HasSuffix(sel.Sel.Name, "Deadline") {
				return true
			}
		}
	}
	return false
}

// within says that the name stands in the argument of a call of the named function.
func (p place) within(name string) bool {
	for _, n := range p.above {
		call, ok := n.(*ast.CallExpr)
		if !ok {
			continue
		}
		if sel, ok := call.Fun.(*ast.SelectorExpr); ok && qualified(p.info.Uses[sel.Sel]) == name {
			return true
		}
	}
	return false
}

// receivedAlone says that the value is received in a statement of its own, outside a select.
func (p place) receivedAlone() bool {
	for i, n := range p.above {
		if _, ok := n.(*ast.UnaryExpr); !ok || i < 2 {
			continue
		}
		_, statement := p.above[i-1].(*ast.ExprStmt)
		_, choice := p.above[i-2].(*ast.CommClause)
		if statement && !choice {
			return true
		}
	}
	return false
}
