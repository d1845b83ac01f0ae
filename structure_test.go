// Package roadline_test holds the rules of the house that a machine can check and that no analyzer of one package sees:
// which package imports which, who owns a third-party module, what files and types are called, where SDP is written.
//
// A rule is a function from the tree to complaints. Each is run over the repository and, in structure_seeded_test.go, over
// small trees that break it. Rules about the inside of one package are in .ci/lint. Start reading at the tests below; the
// import table itself stands in docs/architecture.md, and structure_import_test.go reads it there.
package roadline_test

import (
	"cmp"
	"go/ast"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
)

// module is the first element of our own import paths.
const module = "roadline"

// A source is one Go file of the repository.
type source struct {
	path string // from the root, with slashes
	dir  string // "." for the root
	test bool
	text string
	file *ast.File
	fset *token.FileSet
}

// A tree is what the rules look at.
type tree struct {
	sources []source
	folders []string          // at the top, hidden ones excepted
	texts   map[string]string // every file that a person writes, by path
}

// A rule returns one complaint per violation, beginning with the place.
type rule func(tree) []string

func TestImportsAreThoseOfTheTable(t *testing.T)         { holds(t, importTable) }
func TestThirdPartyModulesHaveOneOwner(t *testing.T)     { holds(t, moduleOwners) }
func TestEveryPackageSaysWhatItOwns(t *testing.T)        { holds(t, packageDocs) }
func TestPublicNamesAreDocumented(t *testing.T)          { holds(t, publicDocs) }
func TestNamesSayWhatTheThingIs(t *testing.T)            { holds(t, emptyNames) }
func TestTopLevelFoldersAreThoseOfTheTable(t *testing.T) { holds(t, topFolders) }
func TestSDPIsWrittenInOnePlace(t *testing.T)            { holds(t, sdpText) }
func TestUnfinishedWorkNamesItsIssue(t *testing.T)       { holds(t, unfinished) }
func TestModulesAreThoseOfTheProxy(t *testing.T)         { holds(t, moduleFiles) }
func TestFilesAreShort(t *testing.T)                     { holds(t, shortFiles) }

// repository is read once for all rules.
var repository = sync.OnceValues(func() (tree, error) { return readTree(os.DirFS(".")) })

func holds(t *testing.T, r rule) {
	t.Helper()
	here, err := repository()
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range r(here) {
		t.Error(complaint)
	}
}

// written are the names of files that a person writes and a rule may read.
var written = map[string]bool{
	".go": true, ".sql": true, ".md": true, ".yaml": true, ".yml": true, ".sh": true, ".mod": true, ".sum": true, ".html": true, ".ts": true, ".css": true,
}

// readTree reads all but hidden folders, testdata and what a build leaves.
func readTree(root fs.FS) (tree, error) {
	t := tree{texts: map[string]string{}}
	fset := token.NewFileSet()
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil || name == ".":
			return err
		case d.IsDir() && (d.Name()[0] == '.' || d.Name() == "testdata" || d.Name() == "bin" || d.Name() == "node_modules" || d.Name() == "dist"):
			return fs.SkipDir
		case d.IsDir():
			if !strings.Contains(name, "/") {
				t.folders = append(t.folders, name)
			}
			return nil
		case !written[path.Ext(name)] && name != "Makefile":
			return nil
		}
		text, err := fs.ReadFile(root, name)
		if err != nil {
			return err
		}
		t.texts[name] = string(text)
		if path.Ext(name) != ".go" {
			return nil
		}
		file, err := parser.ParseFile(fset, name, text, parser.ParseComments|parser.SkipObjectResolution)
		t.sources = append(t.sources, source{
			path: name, dir: path.Dir(name), test: strings.HasSuffix(name, "_test.go"), text: string(text), file: file, fset: fset,
		})
		return err
	})
	return t, err
}

// at is the place of a node, for a complaint.
func (s source) at(n ast.Node) string { return s.fset.Position(n.Pos()).String() }

// servesTests says that s is a test, or of a package that is there for tests, named like storetest.
func (s source) servesTests() bool { return s.test || strings.HasSuffix(s.dir, "test") }

// packages are the sources without tests, by folder, each folder's in the order of their names.
func (t tree) packages() map[string][]source {
	found := map[string][]source{}
	for _, s := range t.sources {
		if !s.test {
			found[s.dir] = append(found[s.dir], s)
		}
	}
	for _, list := range found {
		slices.SortFunc(list, func(a, b source) int { return cmp.Compare(a.path, b.path) })
	}
	return found
}
