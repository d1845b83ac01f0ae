package roadline_test

import (
	"fmt"
	"maps"
	"path"
	"slices"
	"strconv"
	"strings"
)

// tableFile is where the import table stands, for people and for importTable.
const tableFile = "docs/architecture.md"

// testsMayImport are the imports that tests may have beyond the row of their package, each with its reason.
// A test of cmd may import everything, as cmd may; so may the tests at the root.
var testsMayImport = map[string][]string{
	"gsmgw":           {"hardware/gsmsim"}, // the network that lines are tested on; the gateway itself knows only drivers
	"hardware/gsmsim": {"hardware"},        // what a telephone sends is written by the other coder: both must agree
}

// importTable holds the imports of our own packages against the table: a row's package and the folders below it without
// rows of their own may import each other and what the row lists, nothing else of ours.
func importTable(t tree) []string {
	rows, err := tableRows(t.texts[tableFile])
	if err != nil {
		return []string{tableFile + ": " + err.Error()}
	}
	var complaints []string
	for _, s := range t.sources {
		if s.dir == "." {
			continue
		}
		from := rowOf(rows, s.dir)
		if from == "" {
			complaints = append(complaints, fmt.Sprintf("%s: %s has no row in the table of %s", s.path, s.dir, tableFile))
			continue
		}
		for _, spec := range s.file.Imports {
			target, ours := strings.CutPrefix(unquoted(spec.Path.Value), module+"/")
			if !ours {
				continue
			}
			to := rowOf(rows, target)
			mayTest := s.test && slices.Contains(testsMayImport[from], to)
			if to != from && !rows[from]["all"] && !rows[from][to] && !mayTest {
				complaints = append(complaints, fmt.Sprintf("%s: %s may not import %s (row %s of %s)", s.at(spec), s.dir, target, from, tableFile))
			}
		}
	}
	return complaints
}

// tableRows reads the table of packages: the first name in the first column is the row, the last column lists what it may
// import: names between commas, "–" for none, "all", "as X" for what X may, "X and above" for X and what X may.
func tableRows(text string) (map[string]map[string]bool, error) {
	_, table, ok := strings.Cut(text, "| package |")
	if !ok {
		return nil, fmt.Errorf(`no table that begins "| package |"`)
	}
	rows := map[string]map[string]bool{}
	for _, line := range strings.Split(table, "\n")[2:] {
		cells := strings.Split(strings.Trim(line, "| "), "|")
		if len(cells) < 3 {
			break
		}
		name := strings.Split(cells[0], "`")
		if len(name) < 2 {
			return nil, fmt.Errorf("no package named in row %q", line)
		}
		row := map[string]bool{}
		for _, word := range strings.Split(cells[len(cells)-1], ",") {
			word = strings.TrimSpace(word)
			above, isAbove := strings.CutSuffix(word, " and above")
			as, isAs := strings.CutPrefix(word, "as ")
			switch {
			case word == "–":
			case isAs:
				maps.Copy(row, rows[as])
			case isAbove:
				row[above] = true
				maps.Copy(row, rows[above])
			default:
				row[word] = true
			}
			if known := rows[strings.TrimPrefix(above, "as ")] != nil; !known && word != "–" && word != "all" {
				return nil, fmt.Errorf("row %q names %q before it has a row", name[1], word)
			}
		}
		rows[name[1]] = row
	}
	return rows, nil
}

// rowOf is the row of a folder: its own, else its nearest parent's, else empty.
func rowOf(rows map[string]map[string]bool, dir string) string {
	for ; dir != "."; dir = path.Dir(dir) {
		if rows[dir] != nil {
			return dir
		}
	}
	return ""
}

// An owner says which folders may import a module, and whether any test may.
type owner struct {
	folders []string // each with what is below it; empty: nobody
	tests   bool
}

var anyone = owner{folders: []string{"."}, tests: true}

// owners has every third-party module that we import, by import path. Who else needs it asks the owner.
var owners = map[string]owner{
	"github.com/emiago/sipgo":                                  {folders: []string{"sipcore"}},
	"github.com/warthog618/modem":                              {folders: []string{"hardware"}},
	"github.com/warthog618/sms":                                {folders: []string{"hardware"}},
	"github.com/fiorix/go-smpp":                                {folders: []string{"gsmgw"}},
	"github.com/icholy/digest":                                 {folders: []string{"sipcore", "hardware"}},
	"github.com/jackc/pgx/v5":                                  {folders: []string{"store"}},
	"github.com/pressly/goose/v3":                              {folders: []string{"store"}},
	"github.com/riverqueue/river":                              {folders: []string{"store"}},
	"github.com/wneessen/go-mail":                              {folders: []string{"cabinet/notify"}},
	"github.com/pion":                                          {folders: []string{"media"}},
	"github.com/nyaruka/phonenumbers":                          {folders: []string{"callerid"}},
	"google.golang.org/protobuf":                               {folders: []string{"callerid"}}, // phonenumbers' metadata is one
	"go.yaml.in/yaml/v3":                                       {folders: []string{"configs"}},
	"github.com/spf13/cobra":                                   {folders: []string{"cmd"}},
	"github.com/danielgtaylor/huma/v2":                         {folders: []string{"cabinet"}},
	"github.com/alexedwards/scs/v2":                            {folders: []string{"cabinet"}},
	"github.com/pquerna/otp":                                   {folders: []string{"cabinet"}},
	"github.com/boombuler/barcode":                             {folders: []string{"cabinet"}}, // draws QR codes
	"github.com/nicksnyder/go-i18n/v2":                         {folders: []string{"cabinet"}},
	"github.com/BurntSushi/toml":                               {folders: []string{"cabinet"}},
	"github.com/jba/templatecheck":                             {tests: true},
	"github.com/prometheus/client_golang":                      {folders: []string{"cmd"}},
	"github.com/standard-webhooks/standard-webhooks/libraries": {tests: true},
	"github.com/spf13/pflag":                                   {folders: []string{"cmd"}},
	"github.com/google/uuid":                                   anyone,
	"golang.org/x/sync":                                        anyone,
	"golang.org/x/crypto":                                      {folders: []string{"store"}},
	"golang.org/x/sys":                                         anyone,
	"golang.org/x/text":                                        anyone,
	"golang.org/x/tools":                                       {tests: true},
	"github.com/google/go-cmp":                                 {tests: true},
	"go.uber.org/goleak":                                       {tests: true},
}

// moduleOwners holds the third-party imports against owners.
func moduleOwners(t tree) []string {
	var complaints []string
	for _, s := range t.sources {
		for _, spec := range s.file.Imports {
			name := unquoted(spec.Path.Value)
			if first, _, _ := strings.Cut(name, "/"); !strings.Contains(first, ".") {
				continue // the standard library's or ours
			}
			o, known := owners[nearest(owners, name)]
			switch {
			case !known:
				complaints = append(complaints, fmt.Sprintf("%s: nobody owns %s: give it a row in owners", s.at(spec), name))
			case s.servesTests() && o.tests || slices.ContainsFunc(o.folders, func(f string) bool { return within(s.dir, f) }):
			default:
				complaints = append(complaints, fmt.Sprintf("%s: %s belongs to %s", s.at(spec), name, strings.Join(append(o.folders, "tests")[:max(1, len(o.folders))], ", ")))
			}
		}
	}
	return complaints
}

// nearest is the longest key that is name or a parent of it.
func nearest[V any](table map[string]V, name string) string {
	for ; name != "."; name = path.Dir(name) {
		if _, ok := table[name]; ok {
			return name
		}
	}
	return ""
}

func within(dir, parent string) bool {
	return parent == "." || dir == parent || strings.HasPrefix(dir, parent+"/")
}

// unquoted is the value of a string literal that the parser has accepted.
func unquoted(literal string) string {
	s, _ := strconv.Unquote(literal)
	return s
}
