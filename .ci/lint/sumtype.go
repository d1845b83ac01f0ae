package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
	"honnef.co/go/tools/unused"
)

// sumType checks type switches over our closed interfaces: those with an unexported method, whose implementers
// therefore all stand in the interface's own package. It is gochecksumtype without its annotations.
var sumType = &analysis.Analyzer{
	Name:     "sumtype",
	Doc:      "report type switches that forget an implementer of a closed interface",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runSumType,
}

func runSumType(pass *analysis.Pass) (any, error) {
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.Preorder([]ast.Node{(*ast.TypeSwitchStmt)(nil)}, func(n ast.Node) {
		sw := n.(*ast.TypeSwitchStmt)
		closed, iface := closedInterface(pass.TypesInfo.TypeOf(switched(sw)))
		if closed == nil {
			return
		}
		var cases []types.Type
		for _, s := range sw.Body.List {
			clause := s.(*ast.CaseClause)
			if clause.List == nil { // a default clause says that the writer thought of the rest
				return
			}
			for _, e := range clause.List {
				cases = append(cases, pass.TypesInfo.TypeOf(e))
			}
		}
		if missing := uncovered(closed.Obj().Pkg().Scope(), iface, cases); len(missing) > 0 {
			pass.Reportf(sw.Pos(), "switch over %s forgets %s", closed.Obj().Name(), strings.Join(missing, ", "))
		}
	})
	return nil, nil
}

// switched is the expression whose type is asked for.
func switched(sw *ast.TypeSwitchStmt) ast.Expr {
	var e ast.Expr
	switch s := sw.Assign.(type) {
	case *ast.AssignStmt:
		e = s.Rhs[0]
	case *ast.ExprStmt:
		e = s.X
	}
	return e.(*ast.TypeAssertExpr).X
}

func closedInterface(t types.Type) (*types.Named, *types.Interface) {
	named, ok := types.Unalias(t).(*types.Named)
	if !ok || named.Obj().Pkg() == nil || !inModule(named.Obj().Pkg().Path()) {
		return nil, nil
	}
	iface, ok := named.Underlying().(*types.Interface)
	if !ok {
		return nil, nil
	}
	for m := range iface.Methods() {
		if !m.Exported() {
			return named, iface
		}
	}
	return nil, nil
}

func uncovered(scope *types.Scope, iface *types.Interface, cases []types.Type) []string {
	var missing []string
	for _, name := range scope.Names() {
		tn, ok := scope.Lookup(name).(*types.TypeName)
		if !ok || tn.IsAlias() || types.IsInterface(tn.Type()) {
			continue
		}
		pointer := types.NewPointer(tn.Type())
		if types.Implements(pointer, iface) && !promoted(pointer, iface) && !covered(tn.Type(), pointer, cases) {
			missing = append(missing, name)
		}
	}
	return missing
}

// promoted says that t has the closing method of iface only from a type that it embeds: it is not meant as one of them.
func promoted(t types.Type, iface *types.Interface) bool {
	for m := range iface.Methods() {
		if _, path, _ := types.LookupFieldOrMethod(t, false, m.Pkg(), m.Name()); !m.Exported() && len(path) > 1 {
			return true
		}
	}
	return false
}

func covered(value, pointer types.Type, cases []types.Type) bool {
	for _, c := range cases {
		if types.Identical(c, value) || types.Identical(c, pointer) {
			return true
		}
		if wider, ok := c.Underlying().(*types.Interface); ok && types.Implements(pointer, wider) {
			return true
		}
	}
	return false
}

// unusedCode reports what staticcheck's U1000 finds; the library leaves the reporting to its caller.
var unusedCode = &analysis.Analyzer{
	Name:     "unused",
	Doc:      "report constants, types, fields and functions that nothing in the package uses",
	Requires: []*analysis.Analyzer{unused.Analyzer.Analyzer},
	Run: func(pass *analysis.Pass) (any, error) {
		for _, o := range pass.ResultOf[unused.Analyzer.Analyzer].(unused.Result).Unused {
			pass.Reportf(posOf(pass.Fset, o.DisplayPosition), "%s %s is unused", o.Kind, o.Name)
		}
		return nil, nil
	},
}

// posOf finds a position again in the file set; the start of the package when it is not of its files.
func posOf(fset *token.FileSet, at token.Position) token.Pos {
	found := token.NoPos
	fset.Iterate(func(f *token.File) bool {
		if f.Name() == at.Filename && at.Line <= f.LineCount() {
			found = f.LineStart(at.Line) + token.Pos(at.Column-1)
			return false
		}
		return true
	})
	return found
}
