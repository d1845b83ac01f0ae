package main

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// What is said of a command line that was written wrongly, and the help that it points to.

// wrongUse is a command line that cannot be carried out as it stands.
type wrongUse struct {
	error
	command string
}

func (w *wrongUse) Unwrap() error { return w.error }

// use says how a command was used wrongly.
func use(c *cobra.Command, format string, args ...any) error {
	return &wrongUse{fmt.Errorf(format, args...), c.CommandPath()}
}

// wanted says what the value of a flag must be, by the flag's type.
var wanted = map[string]string{
	"int": "a whole number", "int64": "a whole number", "uint64": "a whole number from 0", "float64": "a number",
	"duration": "a time such as 40s, 5m or 1h30m", "bool": "true or false", "stringSlice": "words with commas between them, without quotes",
}

// flagWrong says what is wrong with a flag.
func flagWrong(c *cobra.Command, err error) error {
	wrong, ok := errors.AsType[*pflag.InvalidValueError](err)
	if !ok {
		return use(c, "%w", err)
	}
	f := wrong.GetFlag()
	return use(c, "--%s %q: write %s", f.Name, wrong.GetValue(), wanted[f.Value.Type()])
}

// arguments is how many a command takes, in words.
func arguments(least, most int, what string) cobra.PositionalArgs {
	return func(c *cobra.Command, args []string) error {
		if len(args) < least || len(args) > most {
			return use(c, "it takes %s: %s", what, c.UseLine())
		}
		return nil
	}
}

// oneCompany refuses a command line that names two companies.
func oneCompany(c *cobra.Command, args []string) error {
	f := c.Flags().Lookup("company")
	if f == nil || !f.Changed || len(args) == 0 || args[0] == f.Value.String() || !strings.Contains(c.Use, "COMPANY") {
		return nil
	}
	return use(c, "two companies are named, %q and --company %q: name one", args[0], f.Value)
}

// help explains a command, as --help does.
func help(root *cobra.Command) *cobra.Command {
	return &cobra.Command{
		Use: "help [COMMAND...]", Short: "Explain a command",
		RunE: func(c *cobra.Command, args []string) error {
			about, rest, err := root.Find(args)
			if err != nil || len(rest) > 0 {
				return use(root, "there is no command %q", strings.Join(args, " "))
			}
			about.InitDefaultHelpFlag()
			return about.Help()
		},
	}
}

func suggested(c *cobra.Command, word string) string {
	c.SuggestionsMinimumDistance = 2
	if near := c.SuggestionsFor(word); len(near) > 0 {
		return ": did you mean " + strings.Join(near, " or ") + "?"
	}
	return ""
}

// parts gives a command that only groups others its ways.
func parts(c *cobra.Command, all ...*cobra.Command) *cobra.Command {
	c.AddCommand(all...)
	c.RunE = func(c *cobra.Command, _ []string) error { return c.Help() }
	c.Args = func(c *cobra.Command, args []string) error {
		if len(args) > 0 && args[0] != "help" {
			return use(c, "%s has no %q%s", c.CommandPath(), args[0], suggested(c, args[0]))
		}
		return nil
	}
	return c
}
