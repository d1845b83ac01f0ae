package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/hardware/pdu"
)

// sms is about messages.
func (p *program) sms() *cobra.Command {
	var company string
	var m cabinet.Send
	var key string
	send := &cobra.Command{
		Use: "send TEXT", Short: "Send a message; done means that it is kept and will be tried until it is sent or too old",
		Example: `  roadline sms send --to +79120000001 "We are on our way."
  roadline sms send --from +79160000001 --to +79120000001 - < text.txt`,
		Args: arguments(1, 1, "one text, - for standard input"),
		RunE: func(c *cobra.Command, args []string) error { return p.sendMessage(c, company, args[0], key, m) },
	}
	send.Flags().StringVar(&m.From, "from", "", "a number of the company, or the ICCID of a SIM; default any SIM that may")
	send.Flags().StringVar(&m.To, "to", "", "whom it goes to")
	send.Flags().StringVar(&m.Author, "author", "", "who sends it; default the account of this machine")
	send.Flags().StringVar(&key, "key", "", "the message is sent once, however often the command runs with this key within a day, such as after a time-out")
	list := p.listMessagesCommand(&company)
	show := &cobra.Command{
		Use: "show ID", Short: "Show one message and how each of its parts fared", Args: arguments(1, 1, "the id of a message"),
		RunE: func(c *cobra.Command, args []string) error { return p.showMessage(c, company, args[0]) },
	}
	count := &cobra.Command{
		Use: "count TEXT", Short: "Say in how many parts a text goes out, each of which is paid for; no server is asked", Args: arguments(1, 1, "a text"),
		RunE: func(_ *cobra.Command, args []string) error { return p.countText(args[0]) },
	}
	c := parts(&cobra.Command{Use: "sms", Short: "Messages by SIM cards"}, send, list, show, count)
	c.PersistentFlags().StringVar(&company, "company", "", "whose messages (may be left out where there is one company)")
	return c
}

func (p *program) sendMessage(c *cobra.Command, company, text, key string, m cabinet.Send) error {
	if m.To == "" {
		return use(c, "--to is missing: say whom the message goes to")
	}
	if text == "-" {
		whole, err := io.ReadAll(io.LimitReader(p.in, 1<<20))
		if err != nil {
			return err
		}
		text = strings.TrimRight(string(whole), "\r\n")
	}
	if m.Author == "" {
		m.Author = osUser()
	}
	m.Text = text
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	s.key = key
	var done fmc.Message
	if err := s.ask(c.Context(), http.MethodPost, at("companies/%s/messages", id), m, &done); err != nil {
		return err
	}
	return p.show(done, func(w io.Writer) {
		fmt.Fprintf(w, "message %s to %s is kept, to be sent until %s by %s (%s): %s, %s\n",
			done.ID, done.To, p.moment(done.Until), carrierOf(done.SIM, done.Centre), dash(done.Number.String()), inParts(done.Parts), done.Alphabet)
	})
}

func (p *program) listMessagesCommand(company *string) *cobra.Command {
	filters := pflag.NewFlagSet("filters", pflag.ContinueOnError)
	for _, f := range []struct{ name, about string }{
		{"from", "at or after: \"2026-11-23\", \"2026-11-23 10:00\""},
		{"to", "before"},
		{"sim", "the ICCID of the card"},
		{"number", "the company's number"},
		{"peer", "whom it is from or to: a number, or a name"},
		{"state", "received, queued, sent, delivered, undelivered, failed, expired, uncertain"},
		{"direction", "in or out"},
		{"after", "the page after: what the page before ended with"},
		{"limit", "how many at most; default 50"},
	} {
		filters.String(f.name, "", f.about)
	}
	filters.Bool("thread", false, "what --number and --peer wrote to each other, the oldest first")
	c := &cobra.Command{
		Use: "list [COMPANY]", Short: "List a company's messages, newest first",
		Example: `  roadline sms list acme --direction in --from 2026-11-23
  roadline sms list --thread --number +79160000001 --peer +79120000001`,
		Args: arguments(0, 1, "at most one company"),
		RunE: func(c *cobra.Command, args []string) error {
			q := url.Values{}
			c.Flags().Visit(func(f *pflag.Flag) {
				if filters.Lookup(f.Name) != nil {
					q.Set(f.Name, f.Value.String())
				}
			})
			return p.listMessages(c, append(args, *company)[0], q)
		},
	}
	c.Flags().AddFlagSet(filters)
	return c
}

func (p *program) listMessages(c *cobra.Command, company string, q url.Values) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	path := at("companies/%s/messages", id)
	if len(q) > 0 {
		path += "?" + q.Encode()
	}
	var page cabinet.MessagesShown
	if err := s.ask(c.Context(), http.MethodGet, path, nil, &page); err != nil {
		return err
	}
	return p.show(page, func(w io.Writer) {
		var rows [][]string
		for _, m := range page.Messages {
			rows = append(rows, []string{p.moment(m.At), m.Direction, dash(m.Number), plainly(m.Peer), string(m.State), string(m.ID), plainly(m.Text)})
		}
		table(w, "AT WAY NUMBER PEER STATE ID TEXT", rows)
		if page.Next != "" {
			fmt.Fprintf(w, "more: --after %s\n", page.Next)
		}
	})
}

// plainly is a text that strangers wrote, on one line, with nothing in it that a terminal would obey.
func plainly(text string) string {
	quoted := strconv.Quote(text)
	return dash(strings.ReplaceAll(quoted[1:len(quoted)-1], `\"`, `"`))
}

func (p *program) showMessage(c *cobra.Command, company, message string) error {
	s, id, err := p.serverOf(c, company)
	if err != nil {
		return err
	}
	var m cabinet.MessageDetail
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/messages/%s", id, message), nil, &m); err != nil {
		return err
	}
	return p.show(m, func(w io.Writer) { p.writeMessage(w, m) })
}

func (p *program) writeMessage(w io.Writer, m cabinet.MessageDetail) {
	from, to := m.Peer, dash(m.Number)
	if m.Direction == "out" {
		from, to = to, from
	}
	fmt.Fprintf(w, "message %s from %s to %s by %s, %s\n", m.ID, plainly(from), plainly(to), carrierOf(m.SIM, m.Centre), p.moment(m.At))
	if m.Why != "" {
		fmt.Fprintf(w, "by this way since %s\n", m.Why)
	}
	fmt.Fprintln(w, reason(string(m.State), m.Cause))
	if m.Broken != "" {
		fmt.Fprintf(w, "not all of it could be read: %s\n", m.Broken)
	}
	for _, line := range strings.Split(m.Text, "\n") {
		fmt.Fprintln(w, "  "+plainly(line))
	}
	var rows [][]string
	for _, x := range m.Sent {
		row := []string{strconv.Itoa(x.Part), string(x.State), strconv.Itoa(x.Tries), "-", "-", "-", dash(x.Cause)}
		if x.Passed != nil {
			row[3] = p.moment(*x.Passed)
		}
		if x.Reference != nil {
			row[4] = strconv.Itoa(*x.Reference)
		}
		if x.Report != nil {
			row[5] = pdu.StatusCode(*x.Report).String() //nolint:gosec // a byte, as it came
		}
		rows = append(rows, row)
	}
	if len(rows) > 0 {
		table(w, "PART STATE TRIES PASSED REFERENCE REPORT CAUSE", rows)
	}
}

// carrierOf is by what a message goes or came.
func carrierOf(card fmc.ICCID, centre fmc.CentreID) string {
	if centre != "" {
		return "centre " + string(centre)
	}
	return "SIM " + string(card)
}

// counted is what a text takes.
type counted struct {
	Parts    int          `json:"parts"`
	Alphabet pdu.Alphabet `json:"alphabet"`
	Left     int          `json:"left"` // characters that the last part still takes
}

func (p *program) countText(text string) error {
	var x counted
	x.Parts, x.Alphabet, x.Left = pdu.Count(text)
	if x.Parts > pdu.MaxParts {
		return failed("the text takes %d parts and may take %d: shorten it, or send it as several messages", x.Parts, pdu.MaxParts)
	}
	return p.show(x, func(w io.Writer) {
		fmt.Fprintf(w, "%s of %s, %d characters left in the last\n", inParts(x.Parts), x.Alphabet, x.Left)
	})
}

func inParts(n int) string {
	if n == 1 {
		return "1 part"
	}
	return fmt.Sprintf("%d parts", n)
}
