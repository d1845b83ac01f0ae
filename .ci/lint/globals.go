package main

import (
	"go/ast"
	"go/token"
	"go/types"
	"strings"

	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/passes/inspect"
	"golang.org/x/tools/go/ast/inspector"
)

// globals reports package-level variables that are more than errors and tables. A table is a variable that nothing
// writes after its declaration and that holds no pointer, channel or lock of its own.
var globals = &analysis.Analyzer{
	Name:     "globals",
	Doc:      "report package-level variables that can change; errors and tables may stand",
	Requires: []*analysis.Analyzer{inspect.Analyzer},
	Run:      runGlobals,
}

// inits reports init functions: what runs must be called by someone.
var inits = &analysis.Analyzer{
	Name: "inits",
	Doc:  "report init functions",
	Run: func(pass *analysis.Pass) (any, error) {
		for _, f := range pass.Files {
			for _, d := range f.Decls {
				if fn, ok := d.(*ast.FuncDecl); ok && fn.Recv == nil && fn.Name.Name == "init" {
					pass.Reportf(fn.Pos(), "no init: build it in a constructor and pass it")
				}
			}
		}
		return nil, nil
	},
}

// fixed are pointer types that nothing changes once they are made.
var fixed = map[string]bool{
	"*regexp.Regexp": true, "*time.Location": true, "*hash/crc32.Table": true, "*text/template.Template": true, "*html/template.Template": true,
}

func runGlobals(pass *analysis.Pass) (any, error) {
	for _, f := range pass.Files {
		if isTest(pass, f.Package) {
			continue
		}
		for _, d := range f.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.VAR {
				continue
			}
			for _, spec := range decl.Specs {
				for _, name := range spec.(*ast.ValueSpec).Names {
					if name.Name != "_" && !mayStand(pass.TypesInfo.Defs[name].Type(), map[types.Type]bool{}) {
						pass.Reportf(name.Pos(), "package-level %s can change: keep it in the value that owns it", name.Name)
					}
				}
			}
		}
	}
	in := pass.ResultOf[inspect.Analyzer].(*inspector.Inspector)
	in.Preorder([]ast.Node{(*ast.AssignStmt)(nil), (*ast.IncDecStmt)(nil), (*ast.UnaryExpr)(nil), (*ast.CallExpr)(nil), (*ast.SelectorExpr)(nil)}, func(n ast.Node) {
		if isTest(pass, n.Pos()) {
			return
		}
		for _, e := range written(pass.TypesInfo, n) {
			if v := rootVar(pass.TypesInfo, e); v != nil {
				pass.Reportf(e.Pos(), "package-level %s is written here: a table stays as declared", v.Name())
			}
		}
	})
	return nil, nil
}

// mayStand says that a variable of type t cannot change by itself: an error, plain data, a function. A sync or atomic
// type exists to be changed, a channel or a pointer leads to what changes.
func mayStand(t types.Type, seen map[types.Type]bool) bool {
	if seen[t] {
		return true
	}
	seen[t] = true
	if named, ok := types.Unalias(t).(*types.Named); ok && named.Obj().Pkg() != nil {
		if path := named.Obj().Pkg().Path(); path == "sync" || path == "sync/atomic" {
			return false
		}
		if path := named.Obj().Pkg().Path(); path == "embed" || path == "reflect" || path == "log/slog" || path == "net/netip" {
			return true
		}
	}
	if types.Identical(t, types.Universe.Lookup("error").Type()) || types.Implements(t, errorInterface) {
		return true
	}
	switch u := t.Underlying().(type) {
	case *types.Pointer:
		return fixed[types.TypeString(types.Unalias(t), nil)]
	case *types.Chan:
		return false
	case *types.Struct:
		for f := range u.Fields() {
			if !mayStand(f.Type(), seen) {
				return false
			}
		}
	case *types.Array:
		return mayStand(u.Elem(), seen)
	case *types.Slice:
		return mayStand(u.Elem(), seen)
	case *types.Map:
		return mayStand(u.Elem(), seen)
	}
	return true
}

var errorInterface = types.Universe.Lookup("error").Type().Underlying().(*types.Interface)

// written are the expressions that n changes or hands out to be changed.
func written(info *types.Info, n ast.Node) []ast.Expr {
	switch n := n.(type) {
	case *ast.AssignStmt:
		if n.Tok != token.DEFINE {
			return n.Lhs
		}
	case *ast.IncDecStmt:
		return []ast.Expr{n.X}
	case *ast.UnaryExpr:
		if _, array := info.TypeOf(n.X).Underlying().(*types.Array); n.Op == token.AND && !array { // &table is how an array is passed to be read
			return []ast.Expr{n.X}
		}
	case *ast.CallExpr:
		if b, ok := n.Fun.(*ast.Ident); ok && (b.Name == "delete" || b.Name == "clear") && len(n.Args) > 0 {
			if _, ok := info.Uses[b].(*types.Builtin); ok {
				return n.Args[:1]
			}
		}
	case *ast.SelectorExpr: // a method with a pointer receiver takes the address
		if s := info.Selections[n]; s != nil && s.Kind() == types.MethodVal && !s.Indirect() {
			_, byPointer := s.Obj().(*types.Func).Signature().Recv().Type().(*types.Pointer)
			_, isPointer := info.TypeOf(n.X).Underlying().(*types.Pointer)
			if byPointer && !isPointer {
				return []ast.Expr{n.X}
			}
		}
	}
	return nil
}

// rootVar is the package-level variable of our own module that e is, or is a part of, without following a pointer.
func rootVar(info *types.Info, e ast.Expr) *types.Var {
	for {
		switch x := e.(type) {
		case *ast.ParenExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.SelectorExpr:
			if v, ok := info.Uses[x.Sel].(*types.Var); ok && !v.IsField() {
				return ours(v)
			}
			e = x.X
		case *ast.Ident:
			v, _ := info.Uses[x].(*types.Var)
			return ours(v)
		default:
			return nil
		}
	}
}

func ours(v *types.Var) *types.Var {
	if v == nil || v.Pkg() == nil || v.Parent() != v.Pkg().Scope() || !inModule(v.Pkg().Path()) {
		return nil
	}
	return v
}

func inModule(path string) bool { return path == module || strings.HasPrefix(path, module+"/") }

// isTest: a test file, or one of a package that is there for tests, named like storetest.
func isTest(pass *analysis.Pass, at token.Pos) bool {
	return strings.HasSuffix(pass.Pkg.Path(), "test") && !strings.HasSuffix(pass.Pkg.Path(), "_test") ||
		strings.HasSuffix(pass.Fset.Position(at).Filename, "_test.go")
}
