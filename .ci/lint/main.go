// Command lint is what a machine checks in Roadline's source beside go vet: staticcheck and a handful of analyzers in
// one program, run by the go command as its vet tool, so that results are cached as builds are.
//
// It never formats, never looks at more than one package at a time (the structure tests at the root do) and never
// finds code that nothing calls (deadcode does). A finding is silenced by a comment on its line or on the line above,
//
//	//lint:ignore <analyzer> <reason>
//
// and by nothing else. Start reading at analyzers.
package main

import (
	"fmt"
	"slices"
	"strings"

	"github.com/kkHAIKE/contextcheck"
	"github.com/nishanths/exhaustive/passes/exhaustive"
	"github.com/polyfloyd/go-errorlint/errorlint"
	"go-simpler.org/sloglint"
	"golang.org/x/tools/go/analysis"
	"golang.org/x/tools/go/analysis/unitchecker"
	"honnef.co/go/tools/analysis/lint"
	"honnef.co/go/tools/simple"
	"honnef.co/go/tools/staticcheck"
	"honnef.co/go/tools/stylecheck"
)

func main() {
	list := analyzers()
	names := make([]string, len(list))
	for i, a := range list {
		names[i] = a.Name
		obeyDirectives(a)
	}
	unitchecker.Main(append(list, directiveAnalyzer(append(names, "deadcode")))...) // deadcode has its own program
}

// analyzers is the whole list. Of staticcheck's own it takes what is on by default, and a consistent receiver name.
func analyzers() []*analysis.Analyzer {
	list := []*analysis.Analyzer{
		ownOnly(contextcheck.NewAnalyzer(contextcheck.Configuration{})), // of the library's functions, log/slog's would all be found
		withFlag(errorlint.NewAnalyzer(), "errorf", "true"),             // and %v of an error
		// A default clause says that the writer thought of the rest; kinds, the number of Kinds, is none of them.
		outsideTests(withFlag(withFlag(exhaustive.Analyzer, "d", "true"), "constignore", `\.[a-z]+s$`)),
		outsideTests(sloglint.New(&sloglint.Options{
			NoGlobalLogger:   "all",
			StaticMessage:    true,
			MessageStyle:     "lowercased",
			NoMixedArguments: true,
			AllowedKeys:      logKeys,
		})),
		forbid,
		globals,
		inits,
		outsideTests(sumType),
		unusedCode,
	}
	for _, group := range [][]*lint.Analyzer{staticcheck.Analyzers, simple.Analyzers, stylecheck.Analyzers} {
		for _, a := range group {
			if !a.Doc.NonDefault || slices.Contains(alsoOn, a.Analyzer.Name) {
				list = append(list, a.Analyzer)
			}
		}
	}
	return list
}

// logKeys are what our log lines speak of; one name for one thing. A new one is added here, with thought.
var logKeys = []string{
	"call", "leg", "line", "sip_call_id", "trunk", "gateway", "company", "state", "cause", "fault", "dur", // what happened to whom
	"node", "boot", "seq", "generation", // the journal and what is kept
	"account", "listener", "remote", "method", "status", "target", // the wire
	"err", "stack", "text", "severity", "count", "request", // what went wrong, how often, and which request a person may ask about
	"dir", "file", "version", "pid", "signal", // the machine
}

// ownOnly is a that looks at our own packages and takes all others as harmless.
func ownOnly(a *analysis.Analyzer) *analysis.Analyzer {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		if !inModule(strings.TrimSuffix(pass.Pkg.Path(), "_test")) {
			return nil, nil
		}
		return run(pass)
	}
	return a
}

// outsideTests is a without what it finds in tests: a test looks at the cases that it is about.
func outsideTests(a *analysis.Analyzer) *analysis.Analyzer {
	run := a.Run
	a.Run = func(pass *analysis.Pass) (any, error) {
		report := pass.Report
		pass.Report = func(d analysis.Diagnostic) {
			if !isTest(pass, d.Pos) {
				report(d)
			}
		}
		return run(pass)
	}
	return a
}

// withFlag is a with one of its flags set; the name is ours, so a wrong one is a mistake in this file.
func withFlag(a *analysis.Analyzer, name, value string) *analysis.Analyzer {
	if err := a.Flags.Set(name, value); err != nil {
		panic(fmt.Sprintf("analyzer %s: %v", a.Name, err))
	}
	return a
}

// alsoOn names the checks that staticcheck leaves off and we want: initialisms, one receiver name per type.
var alsoOn = []string{"ST1003", "ST1016"}
