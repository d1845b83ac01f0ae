package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"

	"github.com/spf13/cobra"

	"roadline/cabinet"
)

// traceCall draws a call as a ladder.
func (p *program) traceCall(company *string) *cobra.Command {
	var raw, mermaid bool
	var private string
	c := &cobra.Command{
		Use: "trace ID", Short: "Draw a call: what was said on the wires, what was decided, how it sounded",
		Example: `  roadline call trace 019aaf9e-6d3c-7cc0-8f00-1f2e3d4c5b6a --raw
  roadline call trace 019aaf9e-6d3c-7cc0-8f00-1f2e3d4c5b6a --mermaid > call.mmd`,
		Args: arguments(1, 1, "the id of a call"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, *company)
			if err != nil {
				return err
			}
			q := url.Values{}
			if private != "" {
				q.Set("private", private)
			}
			if raw {
				q.Set("raw", "")
			}
			var x cabinet.Traced
			if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/calls/%s/trace", id, args[0])+"?"+q.Encode(), nil, &x); err != nil {
				return err
			}
			return p.show(x, func(w io.Writer) {
				if mermaid {
					fmt.Fprint(w, x.Mermaid)
					return
				}
				fmt.Fprintf(w, "%s\n%s\n", x.Text, x.Verdict)
			})
		},
	}
	c.Flags().BoolVar(&raw, "raw", false, "with every SIP message whole")
	c.Flags().BoolVar(&mermaid, "mermaid", false, "as a sequence diagram of Mermaid")
	c.Flags().StringVar(&private, "private", "", "whose call it is, where it is of a person alone")
	return c
}
