package roadline_test

import (
	"fmt"
	"go/ast"
	"go/token"
	"maps"
	"path"
	"regexp"
	"slices"
	"strings"
)

// packageDocs: the first file of a package is named like its folder, that of a program main.go, and says "Package x" or
// "Command x"; no other file does.
func packageDocs(t tree) []string {
	var complaints []string
	for dir, files := range t.packages() {
		first, opening := path.Join(dir, path.Base(dir)+".go"), "Package "+files[0].file.Name.Name+" "
		if files[0].file.Name.Name == "main" {
			first, opening = path.Join(dir, "main.go"), "Command "+path.Base(dir)+" "
		}
		found := false
		for _, s := range files {
			switch doc := s.file.Doc.Text(); {
			case s.path == first:
				found = strings.HasPrefix(doc, opening)
			case doc != "":
				complaints = append(complaints, fmt.Sprintf("%s: the package's doc stands in %s", s.path, first))
			}
		}
		if !found {
			complaints = append(complaints, fmt.Sprintf("%s: must open with %q: what it owns, what it never does, where to start reading", first, "// "+opening+"…"))
		}
	}
	slices.Sort(complaints)
	return complaints
}

// publicDocs: what another package can name has a comment; a group's comment serves its members, and a method that only
// fulfils a well-known interface needs none.
func publicDocs(t tree) []string {
	var complaints []string
	for _, s := range t.sources {
		if s.test || s.file.Name.Name == "main" {
			continue
		}
		for _, d := range s.file.Decls {
			for _, name := range undocumented(d) {
				complaints = append(complaints, fmt.Sprintf("%s: %s has no comment", s.at(name), name.Name))
			}
		}
	}
	return complaints
}

// plainMethods say all by their names and signatures.
var plainMethods = regexp.MustCompile(`^(String|Error|Unwrap|Is|LogValue|GoString|(Unm|M)arshal(JSON|Text|YAML)|Len|Less|Swap)$`)

func undocumented(d ast.Decl) []*ast.Ident {
	var bare []*ast.Ident
	add := func(doc *ast.CommentGroup, names ...*ast.Ident) {
		for _, n := range names {
			if doc == nil && n.IsExported() {
				bare = append(bare, n)
			}
		}
	}
	switch d := d.(type) {
	case *ast.FuncDecl:
		if d.Recv == nil || receiver(d).IsExported() && !plainMethods.MatchString(d.Name.Name) {
			add(d.Doc, d.Name)
		}
	case *ast.GenDecl:
		for _, spec := range d.Specs {
			switch spec := spec.(type) {
			case *ast.TypeSpec:
				add(firstOf(spec.Doc, d.Doc, spec.Comment), spec.Name)
			case *ast.ValueSpec:
				add(firstOf(spec.Doc, d.Doc, spec.Comment), spec.Names...)
			}
		}
	}
	return bare
}

func firstOf(docs ...*ast.CommentGroup) *ast.CommentGroup {
	for _, doc := range docs {
		if doc != nil {
			return doc
		}
	}
	return nil
}

// receiver is the name of a method's type.
func receiver(d *ast.FuncDecl) *ast.Ident {
	e := d.Recv.List[0].Type
	for {
		switch x := e.(type) {
		case *ast.StarExpr:
			e = x.X
		case *ast.IndexExpr:
			e = x.X
		case *ast.IndexListExpr:
			e = x.X
		default:
			name, _ := e.(*ast.Ident)
			return name
		}
	}
}

var (
	emptyFile = regexp.MustCompile(`(^|[_/])(utils?|common|helpers?|managers?|handlers?|base|types|models?)([_./]|$)`)
	emptyType = regexp.MustCompile(`(Manager|Handler|Helper|Util)s?([A-Z]|$)|^([Cc]ommon|[Bb]ase|[Tt]ypes|[Mm]odels?|manager|handler|helper|utils?)$`)
)

// emptyNames: a file, folder or type is named for the thing; a name that fits everything says nothing.
func emptyNames(t tree) []string {
	var complaints []string
	for _, s := range t.sources {
		if name := strings.TrimSuffix(s.path, "_test.go"); emptyFile.MatchString(name) {
			complaints = append(complaints, s.path+": a file's name says what is in it")
		}
		for _, d := range s.file.Decls {
			decl, ok := d.(*ast.GenDecl)
			if !ok || decl.Tok != token.TYPE {
				continue
			}
			for _, spec := range decl.Specs {
				if name := spec.(*ast.TypeSpec).Name; emptyType.MatchString(name.Name) {
					complaints = append(complaints, fmt.Sprintf("%s: %s says nothing: name the thing", s.at(name), name.Name))
				}
			}
		}
	}
	return complaints
}

// topFolders: at the top are the folders of the table, and docs.
func topFolders(t tree) []string {
	rows, err := tableRows(t.texts[tableFile])
	if err != nil {
		return []string{tableFile + ": " + err.Error()}
	}
	allowed := map[string]bool{"docs": true}
	for row := range rows {
		top, _, _ := strings.Cut(row, "/")
		allowed[top] = true
	}
	var complaints []string
	for _, f := range t.folders {
		if !allowed[f] {
			complaints = append(complaints, fmt.Sprintf("%s/: not a folder of the table in %s", f, tableFile))
		}
	}
	return complaints
}

// sdpLine is what only SDP has, in the text of a string.
var sdpLine = regexp.MustCompile(`(m=audio|a=rtpmap|a=fmtp|c=IN IP|o=[^ ]+ [^ ]+ [^ ]+ IN IP)`)

// sdpText: only media/sdp reads or writes SDP; tests may hold what a peer sends, and the simulated gateways are peers: what
// they say must not come from what is tested against them.
func sdpText(t tree) []string {
	var complaints []string
	for _, s := range t.sources {
		if s.test || within(s.dir, "media/sdp") || within(s.dir, "hardware/gwsim") {
			continue
		}
		ast.Inspect(s.file, func(n ast.Node) bool {
			if l, ok := n.(*ast.BasicLit); ok && l.Kind == token.STRING && sdpLine.MatchString(l.Value) {
				complaints = append(complaints, s.at(l)+": SDP is read and written in media/sdp only")
			}
			return true
		})
	}
	return complaints
}

// The words are put together so that this file does not complain of itself.
var (
	marker     = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\b`)
	withIssues = regexp.MustCompile(`\b(TO` + `DO|FIX` + `ME|X` + `XX)\(#\d+\)`)
)

// unfinished: a note of work to come names its issue, as in …(#12).
func unfinished(t tree) []string {
	var complaints []string
	for _, name := range slices.Sorted(maps.Keys(t.texts)) {
		for i, line := range strings.Split(t.texts[name], "\n") {
			if marker.MatchString(withIssues.ReplaceAllString(line, "")) && path.Ext(name) != ".sum" {
				complaints = append(complaints, fmt.Sprintf("%s:%d: name the issue: %s(#number)", name, i+1, marker.FindString(line)))
			}
		}
	}
	return complaints
}

// moduleFiles: what we build on comes from the proxy under its checksum: no replace, no exclude, go.sum kept.
func moduleFiles(t tree) []string {
	var complaints []string
	if t.texts["go.sum"] == "" {
		complaints = append(complaints, "go.sum: must be kept beside go.mod")
	}
	if strings.Contains(t.texts[".gitignore"], "go.sum") {
		complaints = append(complaints, ".gitignore: go.sum must be kept")
	}
	for i, line := range strings.Split(t.texts["go.mod"], "\n") {
		if word, _, _ := strings.Cut(strings.TrimSpace(line), " "); word == "replace" || word == "exclude" {
			complaints = append(complaints, fmt.Sprintf("go.mod:%d: no %s: build on what the proxy serves", i+1, word))
		}
	}
	return complaints
}

// longest is where a file is split: think at 400 lines, justify at 600. Tests may run on.
const longest = 600

// justified are the longer files, each with its reason.
var justified = map[string]string{}

func shortFiles(t tree) []string {
	var complaints []string
	for _, s := range t.sources {
		if n := strings.Count(s.text, "\n"); n > longest && !s.test && justified[s.path] == "" && !ast.IsGenerated(s.file) {
			complaints = append(complaints, fmt.Sprintf("%s: %d lines: split it, or say in justified why it is one", s.path, n))
		}
	}
	return complaints
}
