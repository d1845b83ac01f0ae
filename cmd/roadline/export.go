package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"strconv"

	"github.com/spf13/cobra"

	"roadline/cabinet/document"
)

// export writes a company's document back.
func (p *program) export() *cobra.Command {
	var generation int64
	var list bool
	var file, company, sounds string
	c := &cobra.Command{
		Use: "export [COMPANY]", Short: "Write a company's document as it was applied",
		Example: `  roadline export acme > acme.yaml
  roadline export acme -w acme.yaml --sounds acme-sounds
  roadline export acme --generation 3
  roadline export acme --list`,
		Args: arguments(0, 1, "at most one company"),
		RunE: func(c *cobra.Command, args []string) error {
			s, id, err := p.serverOf(c, append(args, company)[0])
			if err != nil {
				return err
			}
			if list {
				return p.listVersions(c, s, id)
			}
			path := at("companies/%s/document", id)
			if c.Flags().Changed("generation") {
				path += "?generation=" + strconv.FormatInt(generation, 10)
			}
			var v document.VersionShown
			if err := s.ask(c.Context(), http.MethodGet, path, nil, &v); err != nil {
				return err
			}
			if sounds != "" {
				if err := p.writeSounds(c, s, id, sounds); err != nil {
					return err
				}
			}
			if file != "" {
				if err := os.WriteFile(file, []byte(v.Document), 0o644); err != nil { // it holds no secret
					return use(c, "%w", err)
				}
				return nil
			}
			return p.show(v, func(w io.Writer) { fmt.Fprint(w, v.Document) })
		},
	}
	c.Flags().StringVar(&company, "company", "", "whose document (may be left out where there is one company)")
	c.Flags().Int64Var(&generation, "generation", 0, "this version in place of the newest")
	c.Flags().BoolVar(&list, "list", false, "list the versions: who made them, when and why")
	c.Flags().StringVar(&sounds, "sounds", "", "write the sounds that the company uploaded to this folder, for roadline apply --sounds")
	c.Flags().StringVarP(&file, "write", "w", "", "write to this file in place of standard output")
	return c
}

func (p *program) listVersions(c *cobra.Command, s *server, company string) error {
	var all []document.VersionShown
	if err := s.ask(c.Context(), http.MethodGet, at("companies/%s/versions", company), nil, &all); err != nil {
		return err
	}
	return p.show(all, func(w io.Writer) {
		var rows [][]string
		for _, v := range all {
			rows = append(rows, []string{strconv.FormatInt(v.Generation, 10), p.moment(v.At), v.Author, v.Reason})
		}
		table(w, "GENERATION AT AUTHOR REASON", rows)
	})
}
