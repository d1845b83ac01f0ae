package main

import (
	"fmt"
	"io"
	"net/http"
	"strings"

	"github.com/spf13/cobra"

	"roadline/cabinet"
	"roadline/recording"
)

// recordings lists what is kept of the sound of calls, and settles what becomes of it.
func (p *program) recordings() *cobra.Command {
	var company string
	c := &cobra.Command{
		Use: "recordings [COMPANY]", Short: "List recordings: kept, held, deleted, missing on the disk; hold or delete one",
		Example: "  roadline recordings acme --state gone\n  roadline recordings hold 0199… --by petrov --reason \"a complaint\"",
	}
	c.PersistentFlags().StringVar(&company, "company", "", "whose recordings (may be left out where there is one company)")
	listOf(p, c, &company, "recordings", []filter{{"state", "kept, held, gone, lost"}}, func(page cabinet.RecordingsShown) error {
		return p.show(page, func(w io.Writer) {
			var rows [][]string
			for _, x := range page.Recordings {
				rows = append(rows, []string{p.moment(x.At), string(x.Call), dash(string(x.Group)), recording.Room(x.Bytes), plainly(p.became(x))})
			}
			table(w, "AT CALL GROUP SIZE STATE", rows)
			more(w, page.Next)
		})
	})
	c.AddCommand(p.storage(&company))
	c.AddCommand(
		p.settle(&company, cabinet.HoldRecording, "hold", "Keep the recording of a call from being deleted, by rule or by hand"),
		p.settle(&company, cabinet.LetGoRecording, "let-go", "End a hold"),
		p.settle(&company, cabinet.DeleteRecording, "delete", "Delete the recording of a call; its record stays, and says who deleted it and why"),
	)
	return c
}

// became is what became of a recording, in words.
func (p *program) became(x cabinet.RecordingShown) string {
	switch {
	case x.Deleted != nil && x.Deleted.By == "":
		return fmt.Sprintf("deleted %s by rule: %s", p.moment(x.Deleted.At), x.Deleted.Why)
	case x.Deleted != nil:
		return fmt.Sprintf("deleted %s by %s: %s", p.moment(x.Deleted.At), x.Deleted.By, x.Deleted.Why)
	case x.Held != nil:
		return fmt.Sprintf("held by %s: %s", x.Held.By, x.Held.Why)
	case x.Missing != nil:
		return "its files are missing"
	default:
		return "kept"
	}
}

func (p *program) settle(company *string, change cabinet.RecordingChange, name, short string) *cobra.Command {
	var s cabinet.Settle
	c := &cobra.Command{
		Use: name + " CALL --by PERSON --reason REASON", Short: short, Args: arguments(1, 1, "a call"),
		RunE: func(c *cobra.Command, args []string) error {
			switch {
			case s.By == "":
				return use(c, "--by is missing: say who wants it")
			case s.Why == "":
				return use(c, "--reason is missing: say why, for whoever reads the record")
			}
			server, id, err := p.serverOf(c, *company)
			if err != nil {
				return err
			}
			var became cabinet.RecordingShown
			if err := server.ask(c.Context(), http.MethodPost, at("companies/%s/calls/%s/recording/%s", id, args[0], string(change)), s, &became); err != nil {
				return err
			}
			return p.show(became, func(w io.Writer) { fmt.Fprintln(w, plainly(p.became(became))) })
		},
	}
	c.Flags().StringVar(&s.By, "by", "", "who wants it")
	c.Flags().StringVar(&s.Why, "reason", "", "the reason, which stays with the record")
	return c
}

func (p *program) storage(company *string) *cobra.Command {
	return &cobra.Command{
		Use: "storage", Short: "Say how much room recordings take, by class, and when it will be full", Args: arguments(0, 0, "nothing"),
		RunE: func(c *cobra.Command, _ []string) error {
			server, id, err := p.serverOf(c, *company)
			if err != nil {
				return err
			}
			var s cabinet.StorageShown
			if err := server.ask(c.Context(), http.MethodGet, at("companies/%s/storage", id), nil, &s); err != nil {
				return err
			}
			return p.show(s, func(w io.Writer) { writeStorage(w, s) })
		},
	}
}

func writeStorage(w io.Writer, s cabinet.StorageShown) {
	var line strings.Builder
	fmt.Fprintf(&line, "%d recordings take %s", s.Recordings, recording.Room(s.Bytes))
	if s.Quota > 0 {
		fmt.Fprintf(&line, " of %s (%d %%)", recording.Room(s.Quota), s.Share)
	}
	fmt.Fprintf(&line, ", %s held; %s more come a day", recording.Room(s.Held), recording.Room(s.PerDay))
	if s.Full != "" {
		fmt.Fprintf(&line, ": full on %s", s.Full)
	}
	fmt.Fprintln(w, line.String())
	var rows [][]string
	for _, x := range s.Classes {
		rows = append(rows, []string{x.Class, x.Keep, fmt.Sprint(x.Recordings), recording.Room(x.Bytes)})
	}
	table(w, "CLASS KEEP RECORDINGS SIZE", rows)
}
