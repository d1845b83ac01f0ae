package main

import (
	"net/http"
	"net/url"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// filter is a flag of a list that the server reads.
type filter struct{ name, about string }

// pages are the filters of every list that has pages.
var pages = []filter{{"after", "the page after: what the page before ended with"}, {"limit", "how many at most; default 50"}}

// listOf makes a command that lists things of a company, by filters that the server reads.
func listOf[T any](p *program, c *cobra.Command, company *string, things string, filters []filter, show func(T) error) *cobra.Command {
	known := pflag.NewFlagSet("filters", pflag.ContinueOnError)
	for _, f := range append(filters, pages...) {
		known.String(f.name, "", f.about)
	}
	c.Args = arguments(0, 1, "at most one company")
	c.RunE = func(c *cobra.Command, args []string) error {
		s, id, err := p.serverOf(c, append(args, *company)[0])
		if err != nil {
			return err
		}
		q := url.Values{}
		c.Flags().Visit(func(f *pflag.Flag) {
			if known.Lookup(f.Name) != nil {
				q.Set(f.Name, f.Value.String())
			}
		})
		path := at("companies/%s/"+things, id)
		if len(q) > 0 {
			path += "?" + q.Encode()
		}
		var page T
		if err := s.ask(c.Context(), http.MethodGet, path, nil, &page); err != nil {
			return err
		}
		return show(page)
	}
	c.Flags().AddFlagSet(known)
	return c
}
