package main

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"roadline/cabinet/document"
	"roadline/configs"
	"roadline/fmc/call"
)

// test runs a company's own tests on its file.
func (p *program) test() *cobra.Command {
	return &cobra.Command{
		Use: "test FILE", Short: "Run a company's own tests, without a server",
		Long: `Run the tests that a company file holds: each call is rehearsed by the very rules that decide real ones. Nobody is
busy, every line is ready, whoever should be reached picks up at once and confirms, and each prompt lasts three seconds.`,
		Args: arguments(1, 1, "one company file"),
		RunE: func(c *cobra.Command, args []string) error {
			text, err := p.file(c, args[0])
			if err != nil {
				return err
			}
			company, err := configs.ReadCompany(args[0], text)
			if err != nil {
				return err
			}
			tests := document.Judge(company, call.Quiet(company, nil))
			if err := p.show(tests, func(w io.Writer) { showTests(w, tests) }); err != nil {
				return err
			}
			if n := failures(tests); n > 0 {
				return failed("%d of %d tests fail", n, len(tests))
			}
			return nil
		},
	}
}

func failures(tests []document.TestShown) int {
	n := 0
	for _, t := range tests {
		if !t.Passed {
			n++
		}
	}
	return n
}

func showTests(w io.Writer, tests []document.TestShown) {
	if len(tests) == 0 {
		fmt.Fprintln(w, "no tests")
		return
	}
	for _, t := range tests {
		if t.Passed {
			fmt.Fprintf(w, "pass  %s\n", t.Name)
			continue
		}
		fmt.Fprintf(w, "FAIL  %s\n", t.Name)
		for _, why := range t.Failed {
			fmt.Fprintf(w, "      %s\n", why)
		}
		showPlans(w, t.Plans, "      ")
	}
}

func showPlans(w io.Writer, plans []document.PlanShown, indent string) {
	for _, x := range plans {
		fmt.Fprintf(w, "%sdecided at %.1f s: %s\n", indent, float64(x.At), x.Words[0])
		for _, line := range x.Words[1:] {
			fmt.Fprintf(w, "%s  %s\n", indent, line)
		}
	}
}
