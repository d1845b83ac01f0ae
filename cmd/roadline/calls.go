package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"roadline/cabinet"
)

// calls lists a company's calls.
func (p *program) calls() *cobra.Command {
	var live bool
	var company string
	filters := pflag.NewFlagSet("filters", pflag.ContinueOnError)
	for _, f := range []struct{ name, about string }{
		{"from", "began at or after: \"2026-11-23\", \"2026-11-23 10:00\""},
		{"to", "began before"},
		{"client", "the client's number, or its beginning"},
		{"employee", "who talked"},
		{"group", "the group"},
		{"number", "the company's number"},
		{"direction", "inbound, outbound or internal"},
		{"status", "answered, missed, voicemail, abandoned_before_menu, not_answered, refused, failed, open"},
		{"private", "the calls of this person alone, which stand in no other list"},
		{"after", "the page after: what the page before ended with"},
		{"limit", "how many at most; default 50"},
	} {
		filters.String(f.name, "", f.about)
	}
	filters.Bool("merged", false, "also calls that another record tells")
	c := &cobra.Command{
		Use: "calls [COMPANY]", Short: "List a company's calls, newest first",
		Example: `  roadline calls acme --from 2026-11-23 --status missed
  roadline calls --live`,
		Args: arguments(0, 1, "at most one company"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, append(args, company)[0])
			if err != nil {
				return err
			}
			if live {
				return p.live(c, s, id, filters.Lookup("private").Value.String())
			}
			q := url.Values{}
			c.Flags().Visit(func(f *pflag.Flag) {
				if filters.Lookup(f.Name) != nil {
					q.Set(f.Name, f.Value.String())
				}
			})
			return p.listCalls(c, s, id, q)
		},
	}
	c.Flags().AddFlagSet(filters)
	c.Flags().StringVar(&company, "company", "", "whose calls (may be left out where there is one company)")
	c.Flags().BoolVar(&live, "live", false, "those that go on now")
	return c
}

func (p *program) listCalls(c *cobra.Command, s *server, id string, q url.Values) error {
	path := at("companies/%s/calls", id)
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	var page cabinet.CallsShown
	if err := s.ask(c.Context(), http.MethodGet, path, nil, &page); err != nil {
		return err
	}
	return p.show(page, func(w io.Writer) {
		var rows [][]string
		for _, x := range page.Calls {
			rows = append(rows, []string{
				p.moment(x.Began), x.Direction, dash(x.Client), dash(x.Number), dash(string(x.Employee)), string(x.Status),
				fmt.Sprintf("%.0fs", float64(x.Talked)), x.Recording, string(x.ID),
			})
		}
		table(w, "BEGAN DIRECTION CLIENT NUMBER EMPLOYEE STATUS TALKED RECORDING ID", rows)
		if page.Next != "" {
			fmt.Fprintf(w, "more: --after %s\n", page.Next)
		}
	})
}

func (p *program) live(c *cobra.Command, s *server, id, private string) error {
	var all []cabinet.LiveShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/calls/live", id)+as(private), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, x := range all {
			rows = append(rows, []string{p.moment(x.Began), x.Direction, dash(x.From), dash(x.To), dash(x.Doing), x.Tape.String(), strconv.Itoa(len(x.Parties)), string(x.ID)})
		}
		table(w, "BEGAN DIRECTION FROM TO DOING TAPE PARTIES ID", rows)
	})
}
