package phrase_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"maps"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"roadline/cabinet/phrase"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// source is a package whose sentences reach a page.
type source struct {
	dir    string
	every  bool     // every text of two words or more is one, not only the formats of errors, causes and reasons
	whole  []string // files of which that is true
	fields []string // of composite literals, whose texts alone are sentences; nil: all that the rest says
	// silent are files whose texts reach no page, and texts that are no sentences, each with the reason.
	silent map[string]string
}

const (
	machine  = "roadline.yaml is read at the start, by the one who starts it"
	starting = "it fails the start, and the log says so"
	inside   = "our own mistake or a fault of disk or database, which the log is told alone"
	wire     = "it is answered to a SIP device, not to a person"
	noWords  = "no sentence"
	aPart    = "a part: parts.toml has the whole"
)

var sources = []source{
	{dir: "fmc", every: true, silent: map[string]string{
		"minutes.go": "a call's minutes are a document of their own, in English", "fact.go": inside, "result.go": "it speaks the languages itself", "fmc.go": inside, "names.go": inside, "shadow.go": "what own cards write to each other",
		"line kind": inside, "tape state": inside,
	}},
	{dir: "fmc/cause", every: true, silent: map[string]string{"not found": "names a kind of error in logs"}},
	{dir: "fmc/plan", every: true, silent: map[string]string{
		"words.go":  "its words are put together from parts: steps.toml has those, and a test of its own",
		"text.go":   "it speaks the company's language itself",
		" (mobile)": "it speaks the company's language itself", " is ready": aPart, " is not ready": aPart, ", and lets nobody talk without a recording": aPart, "%s %q: want one of %q": inside,
	}},
	{dir: "fmc/call", every: true, silent: map[string]string{
		" by %s": aPart, ", the caller leaves a message": aPart, "it does not reach %s: it comes out as %s%s": aPart,
	}},
	{dir: "fmc/room"},
	{dir: "callerid", every: true},
	{dir: "configs", every: true, silent: map[string]string{
		"web.go": machine, "mail.go": machine, "metrics.go": machine, "modems.go": machine, "machine.go": machine, "trace.go": machine,
		"webhooks.go": machine, "smpp.go": machine, "gateway.go": machine, "bank.go": machine, "^[A-Za-z0-9 ._-]{1,11}$": noWords, "\"id: crm\"": noWords, "trunk.go": machine, "carrier.go": machine, "fmc.go": machine,
		"Mon 2006-01-02 15:04": noWords, "order is now ": aPart, "removed, was ": aPart, "\"id: visit\"": noWords, "e164: \"+74951234567\"": noWords, "account: {sip: …}": noWords, "mobile: …": noWords,
		"\"id: ivanov\"": noWords, "\"id: office\"": noWords, "\"id: sales\"": noWords, "\"id: standup\"": noWords,
	}},
	{dir: "hardware/dinstar", fields: []string{"Quirks"}},
	{dir: "hardware/goip", fields: []string{"Clear", "Quirks"}},
	{dir: "hardware/yeastar", fields: []string{"Clear", "Quirks"}},
	{dir: "hardware/openvox", fields: []string{"Clear", "Quirks"}},
	{dir: "hardware/remsim", silent: map[string]string{"the address of a bank's server %q: write it as \"http://192.0.2.7:9997\"": starting}},
	{dir: "recording", silent: map[string]string{"recording.go": starting, "recordings in %s: %w": starting}},
	{dir: "gsmgw", every: true, silent: map[string]string{
		"a gateway needs calls, media ports, a journal, companies, ports, ids, files for PINs and for texts of nobody's cards, a clock and a log": starting,
	}},
	{dir: "gsmgw/bank", every: true, silent: map[string]string{"book.go": starting}},
	{dir: "gsmgw/shadow", every: true},
	{dir: "gsmgw/smpp", whole: []string{"centre_link.go"}},
	{dir: "sipcore/digest"},
	{dir: "sipcore", whole: []string{"trunk_health.go"}, silent: map[string]string{
		"sipcore.go": starting, "native.go": starting, "trunk.go": starting, "listener.go": starting, "leg_table.go": starting,
		"box.go": "it is answered to a gateway, and fails the start", "refer.go": wire, "replaces.go": wire, "uas_request.go": wire, "dialog.go": wire, "dialog_state.go": wire, "trail.go": wire,
		"stream.go": wire, "register.go": "the log tells of registrations at a trunk", "resolve.go": starting, "leg_actor.go": inside,
		"trunk %s is there twice": starting, "target %q: write host, host:port or host:port;transport=tcp": starting,
		"transport %q": inside, "no address to send to: %q": inside, "%s is our own address": inside,
	}},
	{dir: "store", silent: map[string]string{
		"smpp.go":    "it is answered to a program that binds",
		"private.go": starting, "private_host.go": starting, "private_server.go": starting, "migrate.go": starting, "migrate_jobs.go": starting,
		"directory_file.go": starting, "drain.go": inside, "drain_batch.go": inside, "drain_record.go": inside, "registration.go": inside,
		"line_day.go": inside, "webhook_pump.go": inside, "trace_part.go": inside, "retention_sweep.go": inside, "mode.go": inside,
		"open store: %w": starting, "open store: no clock": starting, "address of PostgreSQL: %w: write \"database\" in roadline.yaml as libpq reads it, such as \"host=db.example user=roadline dbname=roadline\"": starting,
		"number events: %w": inside, "take old events away: %w": inside, "event %s of company %s: %w": inside,
	}},
	{dir: "cabinet", whole: []string{"problem.go"}, silent: map[string]string{"Bearer realm=\"roadline\"": noWords, "OpenAPI document: %w": inside, "answer: %w": inside}},
	{dir: "cabinet/access"},
	{dir: "cabinet/document", whole: []string{"again.go"}},
	{dir: "cabinet/tally"},
	{dir: "cabinet/times"},
	{dir: "cabinet/hook", whole: []string{"send.go"}},
	{dir: "cabinet/notify", silent: map[string]string{"server.go": "the log and the check of the mail server tell of it"}},
	{dir: "cabinet/web", silent: map[string]string{
		"asset.go": starting, "screen.go": starting, "tongue.go": starting, "web.go": starting, "the server made a mistake": inside,
	}},
}

// Every sentence that the core may show has a row, and every row has a sentence but for the words and parts of which
// sentences are made.
func TestEverySentenceOfTheCoreIsSaidInRussian(t *testing.T) {
	rows := phrase.Formats(t, "ru")
	used := map[string]bool{}
	for _, s := range sources {
		all := s.sentences(t)
		for _, format := range slices.Sorted(maps.Keys(all)) {
			if rows[format] == "" {
				t.Errorf("%s/%s: %q has no row in cabinet/phrase/ru", s.dir, all[format], format)
			}
		}
		s.every = true
		for format := range s.sentences(t) {
			used[format] = true
		}
	}
	for _, format := range slices.Sorted(maps.Keys(rows)) {
		if file := rows[format]; !used[format] && !slices.Contains([]string{"words.toml", "steps.toml", "parts.toml"}, file) {
			t.Errorf("ru/%s: nothing says %q: remove the row", file, format)
		}
	}
}

// A sentence is read back by its own row, whatever its values are, and by no other.
func TestEverySentenceIsReadBackByItsOwnRow(t *testing.T) {
	l := phrase.In("ru")
	for format := range phrase.Formats(t, "ru") {
		sample, want := phrase.Sample(t, "ru", format)
		if got, known := l.Say(sample); !known || got != want {
			t.Errorf("%q\n is %q\nwant %q", sample, got, want)
		}
	}
}

// sentences are the formats of a package's sentences, with where each stands.
func (s source) sentences(t *testing.T) map[string]string {
	t.Helper()
	files := token.NewFileSet()
	names, err := filepath.Glob(filepath.Join("../..", s.dir, "*.go"))
	if err != nil || len(names) == 0 {
		t.Fatal(s.dir, err)
	}
	r := reading{files: files, at: map[string]int{"Errorf": 1, "Because": 1}, source: s, found: map[string]string{}}
	var parsed []*ast.File
	for _, name := range names {
		if strings.HasSuffix(name, "_test.go") || s.silent[filepath.Base(name)] != "" {
			continue
		}
		f, err := parser.ParseFile(files, name, nil, parser.SkipObjectResolution)
		if err != nil {
			t.Fatal(err)
		}
		parsed = append(parsed, f)
		names[len(parsed)-1] = name
		r.learn(f)
	}
	for i, f := range parsed {
		r.every = s.every || slices.Contains(s.whole, filepath.Base(names[i]))
		ast.Inspect(f, r.visit)
	}
	for text := range s.silent {
		delete(r.found, text)
	}
	return r.found
}

// reading is a package being read.
type reading struct {
	files *token.FileSet
	at    map[string]int // by function: which argument is its format
	source
	found map[string]string
}

// learn notes the functions of a file that take a format.
func (r *reading) learn(f *ast.File) {
	for _, d := range f.Decls {
		function, ok := d.(*ast.FuncDecl)
		if !ok {
			continue
		}
		n := 0
		for _, p := range function.Type.Params.List {
			for _, name := range p.Names {
				if name.Name == "format" {
					r.at[function.Name.Name] = n
				}
				n++
			}
		}
	}
}

// logs are the methods of slog, whose texts are no page's.
var logs = map[string]bool{"Debug": true, "Info": true, "Warn": true, "Error": true, "Log": true, "LogAttrs": true}

func (r *reading) visit(n ast.Node) bool {
	if r.fields != nil {
		return r.visitField(n)
	}
	switch n := n.(type) {
	case *ast.Field:
		return n.Tag == nil
	case *ast.ImportSpec:
		return false
	case *ast.CallExpr:
		name, of := called(n)
		if logs[name] && len(n.Args) > 0 || name == "panic" {
			return false
		}
		at, formats := r.at[name]
		switch {
		case of == "fmt" && name == "Errorf", of == "errors" && name == "New":
			at, formats = 0, true
		case r.every && of == "fmt" && name == "Sprintf":
			at, formats = 0, true
		}
		if formats && len(n.Args) > at {
			if text, whole := textOf(n.Args[at]); whole {
				r.note(n, text)
			}
			for i, a := range n.Args {
				if i != at {
					ast.Inspect(a, r.visit)
				}
			}
			return false
		}
	case *ast.BinaryExpr:
		if text, _ := textOf(n); r.every && text != "" {
			r.note(n, text)
			return false
		}
	case *ast.BasicLit:
		if text, _ := textOf(n); r.every && strings.Contains(text, " ") {
			r.note(n, text)
		}
	}
	return true
}

func (r *reading) visitField(n ast.Node) bool {
	x, ok := n.(*ast.KeyValueExpr)
	if !ok {
		return true
	}
	key, ok := x.Key.(*ast.Ident)
	if !ok || !slices.Contains(r.fields, key.Name) {
		return true
	}
	values := []ast.Expr{x.Value}
	if list, ok := x.Value.(*ast.CompositeLit); ok {
		values = list.Elts
	}
	for _, value := range values {
		if text, whole := textOf(value); whole {
			r.note(x, text)
		}
	}
	return true
}

func (r *reading) note(n ast.Node, format string) {
	if verbless := strings.TrimSpace(verbs.Replace(format)); strings.Contains(strings.TrimSpace(format), " ") && strings.ContainsFunc(verbless, func(c rune) bool { return c >= 'a' && c <= 'z' }) {
		at := r.files.Position(n.Pos())
		r.found[format] = filepath.Base(at.Filename) + ":" + strconv.Itoa(at.Line)
	}
}

var verbs = strings.NewReplacer("%s", "", "%q", "", "%d", "", "%v", "", "%w", "", "%c", "")

func called(n *ast.CallExpr) (name, of string) {
	switch f := n.Fun.(type) {
	case *ast.Ident:
		return f.Name, ""
	case *ast.SelectorExpr:
		if x, ok := f.X.(*ast.Ident); ok {
			of = x.Name
		}
		return f.Sel.Name, of
	}
	return "", ""
}

// textOf is a text as a format: what is joined to it by + and is no text itself stands as %s. whole: it has none of that.
func textOf(e ast.Expr) (text string, whole bool) {
	switch e := e.(type) {
	case *ast.BasicLit:
		if e.Kind == token.STRING {
			text, err := strconv.Unquote(e.Value)
			return text, err == nil
		}
	case *ast.BinaryExpr:
		if e.Op == token.ADD {
			a, wholeA := textOf(e.X)
			b, wholeB := textOf(e.Y)
			if a == "" && b == "" {
				return "", false
			}
			if a == "" {
				a = "%s"
			}
			if b == "" {
				b = "%s"
			}
			return a + b, wholeA && wholeB
		}
	case *ast.ParenExpr:
		return textOf(e.X)
	}
	return "", false
}
