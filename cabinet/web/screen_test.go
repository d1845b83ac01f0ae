package web_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"maps"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
	"text/template/parse"

	"github.com/jba/templatecheck"

	"roadline/cabinet/web"
	"roadline/cabinet/web/webtest"
)

func TestEveryTemplateFitsWhatItShows(t *testing.T) {
	screens := webtest.Open(t).Site.Screens(t)
	used := map[string]bool{}
	for name, s := range screens {
		if err := templatecheck.CheckHTMLStrict(s.Template, s.View); err != nil {
			t.Errorf("%s: %v", name, err)
		}
		file, _, _ := strings.Cut(name, "#")
		used[file] = true
	}
	files, err := fs.Glob(web.Templates, "templates/*.tmpl")
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range files {
		if name := strings.TrimSuffix(filepath.Base(f), ".tmpl"); !used[name] && !strings.HasPrefix(name, "part_") {
			t.Errorf("%s is no screen: remove it, or give it a row in screens", f)
		}
	}
}

// English and Russian are complete, by the plural forms that each has; what else there is has no text of its own.
func TestEveryTextStandsInEnglishAndRussian(t *testing.T) {
	texts := map[string]map[string]bool{}
	for _, lang := range []string{"en", "ru", "sw", "th"} {
		texts[lang] = map[string]bool{}
		all, err := web.Texts(lang)
		if err != nil {
			t.Fatal(err)
		}
		for id, m := range all {
			texts[lang][id] = true
			switch {
			case m.Other == "":
				t.Errorf("%s: %s is empty", lang, id)
			case lang == "ru" && m.One != "" && (m.Few == "" || m.Many == ""):
				t.Errorf("ru: %s lacks the form few or many", id)
			}
		}
	}
	for id := range texts["en"] {
		if !texts["ru"][id] {
			t.Errorf("locales/ru lacks %s", id)
		}
	}
	for _, lang := range []string{"ru", "sw", "th"} {
		for id := range texts[lang] {
			if !texts["en"][id] {
				t.Errorf("locales/%s: English has no %s", lang, id)
			}
		}
	}
}

func TestEveryTextThatIsNamedExistsAndEveryOneIsNamed(t *testing.T) {
	texts, err := web.Texts("en")
	if err != nil {
		t.Fatal(err)
	}
	named, beginnings := map[string]string{}, []string{}
	for name, s := range webtest.Open(t).Site.Screens(t) {
		for _, one := range s.Templates() {
			if one.Tree != nil {
				textsOf(one.Tree.Root, func(key string) { named[key] = name }, func(begins string) { beginnings = append(beginnings, begins) })
			}
		}
	}
	beginnings = append(beginnings, textsOfSource(t, named)...)
	for key, where := range named {
		if texts[key] == nil {
			t.Errorf("%s names the text %q, which locales/en does not have", where, key)
		}
	}
	for _, key := range slices.Sorted(maps.Keys(texts)) {
		if named[key] == "" && !slices.ContainsFunc(beginnings, func(b string) bool { return strings.HasPrefix(key, b) }) {
			t.Errorf("nothing names the text %q", key)
		}
	}
}

// textsOf tells which texts a template names by a literal, and how those begin that it makes with printf.
func textsOf(node parse.Node, tell, begins func(string)) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n != nil {
			for _, one := range n.Nodes {
				textsOf(one, tell, begins)
			}
		}
	case *parse.ActionNode:
		textsOf(n.Pipe, tell, begins)
	case *parse.PipeNode:
		if n != nil {
			for _, c := range n.Cmds {
				textsOf(c, tell, begins)
			}
		}
	case *parse.CommandNode:
		if id, ok := n.Args[0].(*parse.IdentifierNode); ok && len(n.Args) > 1 {
			key, ok := n.Args[1].(*parse.StringNode)
			switch {
			case ok && id.Ident == "t":
				tell(key.Text)
			case ok && id.Ident == "printf":
				begin, _, _ := strings.Cut(key.Text, "%")
				begins(begin)
			}
		}
		for _, a := range n.Args {
			textsOf(a, tell, begins)
		}
	case *parse.IfNode:
		branch(&n.BranchNode, tell, begins)
	case *parse.RangeNode:
		branch(&n.BranchNode, tell, begins)
	case *parse.WithNode:
		branch(&n.BranchNode, tell, begins)
	case *parse.TemplateNode:
		textsOf(n.Pipe, tell, begins)
	}
}

func branch(b *parse.BranchNode, tell, begins func(string)) {
	textsOf(b.Pipe, tell, begins)
	textsOf(b.List, tell, begins)
	textsOf(b.ElseList, tell, begins)
}

// keyLike is what a text's key looks like.
var keyLike = regexp.MustCompile(`^[a-z0-9-]+(\.[a-z0-9_-]+)+$`)

// textsOfSource notes every literal of our Go source that is the key of a text, and returns the literals that keys begin
// with, such as "role.". Keys that say or problem are given must exist; those of tables count as named where they do.
func textsOfSource(t *testing.T, named map[string]string) (beginnings []string) {
	t.Helper()
	texts, err := web.Texts("en")
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "_test.go") {
			continue
		}
		file, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		ast.Inspect(file, func(n ast.Node) bool {
			if c, ok := n.(*ast.CallExpr); ok {
				if s, ok := c.Fun.(*ast.SelectorExpr); ok && s.Sel.Name == "say" {
					if key, ok := literal(c.Args[0]); ok {
						named[key] = name
					}
				}
			}
			if e, ok := n.(ast.Expr); ok {
				switch key, ok := literal(e); {
				case !ok:
				case keyLike.MatchString(key) && texts[key] != nil:
					named[key] = name
				case strings.HasSuffix(key, ".") || strings.HasSuffix(key, "-"):
					beginnings = append(beginnings, key)
				case strings.HasSuffix(key, ".%d") || strings.HasSuffix(key, ".%s"):
					beginnings = append(beginnings, key[:len(key)-2])
				}
			}
			return true
		})
	}
	return beginnings
}

func literal(e ast.Expr) (string, bool) {
	l, ok := e.(*ast.BasicLit)
	if !ok || l.Kind != token.STRING {
		return "", false
	}
	s, err := strconv.Unquote(l.Value)
	return s, err == nil && len(s) > 1
}
