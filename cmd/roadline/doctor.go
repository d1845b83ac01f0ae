package main

import (
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/cabinet/doctor"
	"roadline/configs"
	"roadline/fmc/cause"
)

// warned says that there are warnings and nothing worse. It is of no kind, so that the exit code is 3.
type warned struct{ count int }

func (w warned) Error() string {
	if w.count == 1 {
		return "1 warning"
	}
	return fmt.Sprintf("%d warnings", w.count)
}

// doctor looks for what is wrong, with the server that runs or without one.
func (p *program) doctor() *cobra.Command {
	var all bool
	c := &cobra.Command{
		Use: "doctor", Short: "Look for what is wrong, or soon will be, and say what to do about it", Args: arguments(0, 0, "no arguments"),
		Long: `Look for what is wrong with this machine and the server on it, or soon will be, and say what to do. Without a server the
machine alone is looked at. Exit codes: 0 all is well, 1 something does not work, 3 there are warnings only.`,
		RunE: func(c *cobra.Command, _ []string) error {
			x, err := p.examined(c)
			if err != nil {
				return err
			}
			if err := p.show(x, func(w io.Writer) { writeFindings(w, x, all) }); err != nil {
				return err
			}
			return verdict(x)
		},
	}
	c.Flags().BoolVarP(&all, "all", "a", false, "also what is well")
	return c
}

// examined is what the server finds, or what can be found without one.
func (p *program) examined(c *cobra.Command) (cabinet.Examined, error) {
	var x cabinet.Examined
	m, err := p.machine(c)
	if wrong, is := errors.AsType[*wrongUse](err); is {
		return x, wrong
	}
	if err != nil {
		x.Findings = []doctor.Finding{doctor.In("en", doctor.Finding{Group: "system", Check: "config", Level: doctor.Bad, Values: map[string]string{"error": strings.Join(configs.Lines(err), "; ")}})}
		x.Level = doctor.Bad
		return x, nil
	}
	s, err := p.server(c)
	if err != nil {
		return x, err
	}
	if err = s.ask(c.Context(), http.MethodGet, "/v1/doctor", nil, &x); err == nil || errors.Is(err, cause.Denied) {
		return x, err
	}
	away := doctor.In("en", doctor.Finding{Group: "system", Check: "server", Level: doctor.Bad, Values: map[string]string{"socket": s.path}})
	machine := doctor.Machine{Config: m, File: p.read, Root: "/"}
	x.Findings = doctor.Sorted(append([]doctor.Finding{away}, machine.Examine(c.Context())...))
	x.Level = doctor.Bad
	return x, nil
}

// verdict is the exit of a doctor who found that.
func verdict(x cabinet.Examined) error {
	bad, warnings := 0, 0
	for _, f := range x.Findings {
		switch f.Level {
		case doctor.Bad:
			bad++
		case doctor.Warn:
			warnings++
		case doctor.Well:
		}
	}
	switch {
	case bad > 0:
		return failed("what does not work: %d", bad)
	case warnings > 0:
		return warned{warnings}
	}
	return nil
}

// signs stand before findings: a letter for each level, so that colour is not needed.
var signs = map[doctor.Level]string{doctor.Well: "ok  ", doctor.Warn: "WARN", doctor.Bad: "BAD "}

func writeFindings(w io.Writer, x cabinet.Examined, all bool) {
	group := ""
	hidden := 0
	for _, f := range x.Findings {
		if f.Level == doctor.Well && !all {
			hidden++
			continue
		}
		if f.Group != group {
			group = f.Group
			fmt.Fprintln(w, group)
		}
		fmt.Fprintf(w, "  %s %s\n", signs[f.Level], plainly(f.Text))
		if f.Why != "" {
			fmt.Fprintf(w, "       why: %s\n       do:  %s\n", plainly(f.Why), plainly(f.Fix))
		}
	}
	if hidden > 0 {
		fmt.Fprintf(w, "%d checks are well: --all shows them\n", hidden)
	}
}
