package main

import (
	"fmt"
	"io"
	"net/http"
	"strconv"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/fmc"
)

// makeCall begins a call that a person wants.
func (p *program) makeCall() *cobra.Command {
	show := ""
	c := &cobra.Command{
		Use: "make COMPANY EMPLOYEE [NUMBER]", Short: "Call a person, and then whom they want: the number, or what they key",
		Example: "  roadline call make acme petrov +79120000001",
		Args:    arguments(2, 3, "a company, one of its people, and whom they want to speak to"),
		RunE: func(c *cobra.Command, args []string) error {
			s, err := p.server(c)
			if err != nil {
				return err
			}
			to := append(args, "")[2]
			var made cabinet.Made
			if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/calls", args[0]), cabinet.Make{Employee: fmc.EmployeeID(args[1]), To: to, Show: show}, &made); err != nil {
				return err
			}
			return p.show(made, func(w io.Writer) {
				fmt.Fprintf(w, "call %s: %s is called", made.Call, made.Employee)
				if made.To != "" {
					fmt.Fprintf(w, ", and then %s", made.To)
				}
				if made.Show != "" {
					fmt.Fprintf(w, ", which sees %s", made.Show)
				}
				fmt.Fprintln(w)
			})
		},
	}
	c.Flags().StringVar(&show, "show", "", "the number that is to be seen, of those that the person may show; none: as the company's rules say")
	return c
}

// doInCall asks something of a call that goes on.
func (p *program) doInCall(company *string) *cobra.Command {
	var wish cabinet.Wish
	var leg int
	c := &cobra.Command{
		Use: "do ID WHAT [DIGITS]", Short: "Do in a call what a person in it could do by keys",
		Long: `Do in a call what a person of the company who is in it could do by keys. WHAT is one of

  hold, consult NUMBER, complete, return, three-way, transfer NUMBER, park [PLACE], move, pause, mark, drop, hang-up

hold and pause again take it back. What came of it is seen in the call: roadline call show ID.`,
		Example: `  roadline call do 019aa000-0000-7000-8000-000000000001 transfer 205
  roadline call do 019aa000-0000-7000-8000-000000000001 pause --reason "card number"`,
		Args: arguments(2, 3, "the id of a call, what to do, and the digits for it"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, *company)
			if err != nil {
				return err
			}
			wish.Kind, wish.Digits = args[1], append(args, "")[2]
			if leg > 0 {
				wish.Leg = fmc.LegID{Call: fmc.CallID(args[0]), N: leg}
			}
			var done cabinet.Wished
			if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/calls/%s/wishes", id, args[0]), wish, &done); err != nil {
				return err
			}
			return p.show(done, func(w io.Writer) {
				whose := "the call"
				if done.Leg.N > 0 {
					whose = "leg " + strconv.Itoa(done.Leg.N)
				}
				fmt.Fprintf(w, "call %s was told: %s, for %s\n", done.Call, done.Kind, whose)
			})
		},
	}
	c.Flags().StringVar((*string)(&wish.Employee), "by", "", "whose wish it is; default the one person of the company who is in the call")
	c.Flags().IntVar(&leg, "leg", 0, "by which leg of the call, counted from 1")
	c.Flags().StringVar(&wish.Why, "reason", "", "the reason, for the record")
	return c
}
