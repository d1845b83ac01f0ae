package main

import (
	"cmp"
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// missed is about clients who should be called back.
func (p *program) missed() *cobra.Command {
	var company, by, why string
	list := listOf(p, &cobra.Command{
		Use: "list [COMPANY]", Short: "List the clients whom nobody talked to, newest first",
		Example: "  roadline missed list acme --state open --owner petrov",
	}, &company, "missed", []filter{
		{"from", "lost first at or after: \"2026-11-23\", \"2026-11-23 10:00\""},
		{"to", "lost first before"},
		{"state", "open, done (somebody talked with the client) or closed (by hand)"},
		{"owner", "who should call back"},
		{"group", "the group"},
		{"client", "the client's number, or its beginning"},
	}, func(page cabinet.MissedPage) error {
		return p.show(page, func(w io.Writer) { p.writeMissed(w, page) })
	})
	closing := &cobra.Command{
		Use: "close ID", Short: "Close a task by hand: nobody need call back", Args: arguments(1, 1, "the id of a task"),
		Example: "  roadline missed close 019aa000-0000-7000-8000-000000000001 --reason \"a wrong number\"",
		RunE: func(c *cobra.Command, args []string) error {
			if why == "" {
				return use(c, "--reason is missing: say why nobody need call back")
			}
			return p.changeMissed(c, company, args[0], "close", cabinet.CloseMissed{By: cmp.Or(by, osUser()), Why: why})
		},
	}
	closing.Flags().StringVar(&why, "reason", "", "why nobody need call back")
	closing.Flags().StringVar(&by, "by", "", "who closes it; default the account of this machine")
	take := &cobra.Command{
		Use: "take ID EMPLOYEE", Short: "Give a task to a person", Args: arguments(2, 2, "the id of a task, and who calls back"),
		RunE: func(c *cobra.Command, args []string) error {
			return p.changeMissed(c, company, args[0], "take", cabinet.TakeMissed{Owner: fmc.EmployeeID(args[1])})
		},
	}
	c := parts(&cobra.Command{Use: "missed", Short: "Clients whom nobody talked to, until somebody did"}, list, closing, take)
	c.PersistentFlags().StringVar(&company, "company", "", "whose clients (may be left out where there is one company)")
	return c
}

func (p *program) writeMissed(w io.Writer, page cabinet.MissedPage) {
	var rows [][]string
	for _, m := range page.Tasks {
		state := string(m.State)
		if m.Late {
			state = "late"
		}
		rows = append(rows, []string{
			p.moment(m.First), dash(m.Client), strconv.Itoa(len(m.Calls)), dash(string(m.Group)), dash(string(m.Owner)), p.moment(m.Due), state,
			dash(m.EndedBy), string(m.ID), plainly(m.Why),
		})
	}
	table(w, "FIRST CLIENT CALLS GROUP OWNER DUE STATE BY ID WHY", rows)
	more(w, page.Next)
}

// changeMissed does something to a task, and says how it stands then.
func (p *program) changeMissed(c *cobra.Command, company, task, what string, body any) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var m cabinet.MissedShown
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/missed/%s/"+what, id, task), body, &m); err != nil {
		return err
	}
	return p.show(m, func(w io.Writer) {
		fmt.Fprintf(w, "task %s, client %s: %s, owner %s\n", m.ID, dash(m.Client), m.State, dash(string(m.Owner)))
	})
}
