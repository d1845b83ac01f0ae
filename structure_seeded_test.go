package roadline_test

import (
	"maps"
	"strings"
	"testing"
	"testing/fstest"
)

// table is a small import table in the form of the real one.
const table = "| package | owns | may import of ours |\n|---|---|---|\n" +
	"| `fmc/cause` | why | – |\n| `callerid` | numbers | fmc/cause |\n| `media` (`/sdp`) | sound | fmc/cause |\n" +
	"| `fmc` | nouns | fmc/cause, callerid |\n| `fmc/call` | life | fmc and above |\n| `sipcore` | legs | fmc, fmc/call, media |\n" +
	"| `gsmgw` | gateway | as sipcore |\n| `cmd/roadline` | the program | all |\n\nAfter the table.\n"

// clean breaks no rule; each seed is laid over it.
var clean = map[string]string{
	tableFile:           table,
	"go.mod":            "module roadline\n\nrequire golang.org/x/sync v1.0.0\n",
	"go.sum":            "golang.org/x/sync v1.0.0 h1:x=\n",
	"fmc/fmc.go":        "// Package fmc owns the nouns.\npackage fmc\n\nimport _ \"roadline/callerid\"\n\n// ID names a call.\ntype ID string\n\nfunc (i ID) String() string { return string(i) }\n",
	"fmc/call/call.go":  "// Package call is a life.\npackage call\n\nimport (\n\t_ \"roadline/callerid\"\n\t_ \"roadline/fmc\"\n)\n",
	"media/sdp/sdp.go":  "// Package sdp writes.\npackage sdp\n\nimport _ \"roadline/media\"\n\nconst line = \"m=audio 9 RTP/AVP 8\"\n",
	"gsmgw/gsmgw.go":    "// Package gsmgw is a gateway.\npackage gsmgw\n\nimport _ \"roadline/media/sdp\"\n",
	"callerid/read.go":  "package callerid\n\nimport _ \"github.com/nyaruka/phonenumbers\"\n",
	"callerid/a.css":    "a {}\n",
	"bin/built/main.go": "package util\n",
	"docs/deep/page.md": "To do" + "(#12): nothing.\n",

	"callerid/callerid.go":        "// Package callerid reads numbers.\npackage callerid\n",
	"callerid/read_test.go":       "package callerid_test\n\nimport _ \"go.uber.org/goleak\"\n\nconst peer = \"m=audio 9 RTP/AVP 8\"\n\nfunc Undocumented() {}\n",
	"fmc/fmctest/fmctest.go":      "// Package fmctest serves tests.\npackage fmctest\n\nimport _ \"go.uber.org/goleak\"\n",
	"cmd/roadline/main.go":        "// Command roadline runs.\npackage main\n\nimport _ \"roadline/gsmgw\"\n\nfunc main() {}\n",
	"cmd/roadline/house/house.go": "// Package house builds.\npackage house\n\nimport (\n\t_ \"roadline/fmc/cause\"\n\t_ \"roadline/fmc/call\"\n)\n",
}

// seeds are one violation each: the rule, the file that is laid over clean, and how the complaint begins.
var seeds = []struct {
	name     string
	rule     string
	file     string
	text     string
	complain string
}{
	{"an import upwards", "importTable", "callerid/up.go", "package callerid\n\nimport _ \"roadline/fmc\"\n", "callerid/up.go:3:8: callerid may not import fmc"},
	{"an import that a child's parent may not have", "importTable", "media/sdp/up.go", "package sdp\n\nimport _ \"roadline/callerid\"\n", "media/sdp/up.go:3:8: media/sdp may not import callerid"},
	{"an import of a child with a row of its own", "importTable", "fmc/down.go", "package fmc\n\nimport _ \"roadline/fmc/call\"\n", "fmc/down.go:3:8: fmc may not import fmc/call"},
	{"an import by a test", "importTable", "callerid/up_test.go", "package callerid_test\n\nimport _ \"roadline/fmc\"\n", "callerid/up_test.go:3:8: callerid may not import fmc"},
	{"an import that only the model of an \"as\" lacks", "importTable", "gsmgw/up.go", "package gsmgw\n\nimport _ \"roadline/callerid\"\n", "gsmgw/up.go:3:8: gsmgw may not import callerid"},
	{"a package without a row", "importTable", "extra/extra.go", "// Package extra is one too many.\npackage extra\n", "extra/extra.go: extra has no row"},
	{"a table that is gone", "importTable", tableFile, "no table\n", tableFile + ": no table"},
	{"a table with a slip of the pen", "importTable", tableFile, strings.Replace(table, "fmc/cause, callerid", "fmc/cause, calerid", 1), tableFile + `: row "fmc" names "calerid"`},

	{"a module of somebody else", "moduleOwners", "fmc/sql.go", "package fmc\n\nimport _ \"github.com/jackc/pgx/v5/pgxpool\"\n", "fmc/sql.go:3:8: github.com/jackc/pgx/v5/pgxpool belongs to store"},
	{"a module of somebody else in a test", "moduleOwners", "fmc/sql_test.go", "package fmc_test\n\nimport _ \"github.com/jackc/pgx/v5\"\n", "fmc/sql_test.go:3:8: github.com/jackc/pgx/v5 belongs to store"},
	{"a module for tests outside of them", "moduleOwners", "fmc/leak.go", "package fmc\n\nimport _ \"go.uber.org/goleak\"\n", "fmc/leak.go:3:8: go.uber.org/goleak belongs to tests"},
	{"a module that nobody owns", "moduleOwners", "fmc/new.go", "package fmc\n\nimport _ \"example.org/new\"\n", "fmc/new.go:3:8: nobody owns example.org/new"},

	{"a package without its doc", "packageDocs", "fmc/fmc.go", "package fmc\n", "fmc/fmc.go: must open with"},
	{"a doc that names another package", "packageDocs", "fmc/fmc.go", "// Package fcm is misspelt.\npackage fmc\n", "fmc/fmc.go: must open with"},
	{"a doc in another file", "packageDocs", "fmc/also.go", "// Package fmc is told twice.\npackage fmc\n", "fmc/also.go: the package's doc stands in fmc/fmc.go"},
	{"a package without the file of its name", "packageDocs", "store/other.go", "package store\n", "store/store.go: must open with"},
	{"a program without its doc", "packageDocs", "cmd/roadline/main.go", "package main\n", "cmd/roadline/main.go: must open with"},

	{"a public function without a comment", "publicDocs", "fmc/bare.go", "package fmc\n\nfunc Bare() {}\n", "fmc/bare.go:3:6: Bare has no comment"},
	{"a public method without a comment", "publicDocs", "fmc/bare.go", "package fmc\n\nfunc (i *ID) Bare() {}\n", "fmc/bare.go:3:14: Bare has no comment"},
	{"a public type without a comment", "publicDocs", "fmc/bare.go", "package fmc\n\ntype Bare struct{}\n", "fmc/bare.go:3:6: Bare has no comment"},
	{"a public constant without a comment", "publicDocs", "fmc/bare.go", "package fmc\n\nconst bare, Bare = 1, 2\n", "fmc/bare.go:3:13: Bare has no comment"},

	{"a file called util", "emptyNames", "fmc/string_utils.go", "package fmc\n", "fmc/string_utils.go: a file's name"},
	{"a test file called helper", "emptyNames", "fmc/helper_test.go", "package fmc_test\n", "fmc/helper_test.go: a file's name"},
	{"a folder called common", "emptyNames", "fmc/common/fold.go", "package common\n", "fmc/common/fold.go: a file's name"},
	{"a type called manager", "emptyNames", "fmc/calls.go", "package fmc\n\ntype callManager struct{}\n", "fmc/calls.go:3:6: callManager says nothing"},
	{"a type called handler", "emptyNames", "fmc/calls.go", "package fmc\n\ntype EventHandlers struct{}\n", "fmc/calls.go:3:6: EventHandlers says nothing"},

	{"a folder beside the table", "topFolders", "pkg/pkg.go", "package pkg\n", "pkg/: not a folder of the table"},

	{"SDP in another package", "sdpText", "fmc/body.go", "package fmc\n\nconst line = \"v=0\\r\\na=rtpmap:8 PCMA/8000\"\n", "fmc/body.go:3:14: SDP is read and written in media/sdp only"},

	{"unfinished work", "unfinished", "docs/page.md", "# Page\n\nTO" + "DO: write it\n", "docs/page.md:3: name the issue"},
	{"unfinished work in code", "unfinished", "fmc/later.go", "package fmc\n\n// FIX" + "ME later\n", "fmc/later.go:3: name the issue"},

	{"a replaced module", "moduleFiles", "go.mod", "module roadline\n\nreplace a => ../a\n", "go.mod:3: no replace"},
	{"a replaced module in a block", "moduleFiles", "go.mod", "module roadline\n\nexclude (\n\ta v1\n)\n", "go.mod:3: no exclude"},
	{"no checksums", "moduleFiles", "go.sum", "", "go.sum: must be kept"},

	{"a long file", "shortFiles", "fmc/long.go", "package fmc\n" + strings.Repeat("\n", longest), "fmc/long.go: 601 lines"},
}

var allRules = map[string]rule{
	"importTable": importTable, "moduleOwners": moduleOwners, "packageDocs": packageDocs, "publicDocs": publicDocs, "emptyNames": emptyNames,
	"topFolders": topFolders, "sdpText": sdpText, "unfinished": unfinished, "moduleFiles": moduleFiles, "shortFiles": shortFiles,
}

func TestACleanTreeBreaksNoRule(t *testing.T) {
	for name, r := range allRules {
		if complaints := r(lay(t, "", "")); len(complaints) > 0 {
			t.Errorf("%s: %q", name, complaints)
		}
	}
}

func TestEachSeededViolationBringsOneComplaint(t *testing.T) {
	for _, s := range seeds {
		t.Run(s.name, func(t *testing.T) {
			complaints := allRules[s.rule](lay(t, s.file, s.text))
			if len(complaints) != 1 || !strings.HasPrefix(complaints[0], s.complain) {
				t.Errorf("got %q, want one that begins %q", complaints, s.complain)
			}
		})
	}
}

func TestEveryRuleIsSeeded(t *testing.T) {
	seeded := map[string]bool{}
	for _, s := range seeds {
		seeded[s.rule] = true
	}
	for name := range allRules {
		if !seeded[name] {
			t.Errorf("no seed shows that %s can fail", name)
		}
	}
}

// lay is the clean tree with one file over it.
func lay(t *testing.T, file, text string) tree {
	t.Helper()
	files := maps.Clone(clean)
	if file != "" {
		files[file] = text
	}
	root := fstest.MapFS{}
	for name, text := range files {
		root[name] = &fstest.MapFile{Data: []byte(text)}
	}
	read, err := readTree(root)
	if err != nil {
		t.Fatal(err)
	}
	return read
}
