package configs

import (
	"cmp"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"roadline/fmc"
)

// Bank is a SIM bank behind an osmo-remsim-server.
type Bank struct {
	Name   fmc.BankID
	Server string // URL of its REST interface
	Cards  []BankCard
	Modems []BankModem
}

// BankCard is a slot of a bank that is ours, with its card.
type BankCard struct {
	Bank, Slot int       // as the server numbers them
	ICCID      fmc.ICCID // empty: it is learnt when a modem shows it
	Spare      fmc.ICCID // serves in its place where it fails; empty: none
}

// BankModem is a modem that has a client of the bank in its card's place.
type BankModem struct {
	Client, Slot int    // as the server numbers them
	Modem        string // its name in the fleet
}

// usualREST is where an osmo-remsim-server on this machine is asked.
const usualREST = "http://127.0.0.1:9997"

func (r *machineReader) banks(n *yaml.Node) {
	r.list(n, "banks", func(n *yaml.Node) {
		b := Bank{Server: usualREST}
		r.fields(n, "bank", map[string]field{
			"name": func(n *yaml.Node) { b.Name = fmc.BankID(r.id(n, "bank name")) },
			"server": func(n *yaml.Node) {
				if b.Server = r.filled(n, "server"); !bankServer.MatchString(b.Server) {
					r.fail(n, "server: %q: write the URL of osmo-remsim-server's REST interface, such as \"http://192.0.2.7:9997\"", b.Server)
				}
			},
			"cards":  func(n *yaml.Node) { b.Cards = r.bankCards(n) },
			"modems": func(n *yaml.Node) { b.Modems = r.bankModems(n) },
		})
		r.require(n, "bank", "name", "\"name: office\"")
		r.require(n, "bank", "cards", "which card lies in which slot, such as \"cards: [{slot: 1/0, iccid: \\\"8970101234567890131\\\"}]\"")
		r.require(n, "bank", "modems", "which modem has which client, such as \"modems: [{client: 10/0, modem: \\\"usb:1-1.2\\\"}]\"")
		r.bankOnce(n, b)
		r.m.Banks = append(r.m.Banks, b)
	})
}

// bankServer is the address of a REST interface.
var bankServer = regexp.MustCompile(`^https?://[^/?#@\s]+/?$`)

func (r *machineReader) bankCards(n *yaml.Node) (all []BankCard) {
	r.list(n, "cards", func(n *yaml.Node) {
		var c BankCard
		r.fields(n, "bank card", map[string]field{
			"slot":  func(n *yaml.Node) { c.Bank, c.Slot = r.numbered(n, "slot") },
			"iccid": func(n *yaml.Node) { c.ICCID = r.iccid(n) },
			"spare": func(n *yaml.Node) { c.Spare = r.iccid(n) },
		})
		r.require(n, "bank card", "slot", "the bank's number and its slot, such as \"slot: 1/0\"")
		if c.Spare != "" && (c.ICCID == "" || c.Spare == c.ICCID) {
			r.fail(n, "bank card: a spare is another card than the one that it stands in for: write the \"iccid\" of both")
		}
		all = append(all, c)
	})
	return all
}

func (r *machineReader) bankModems(n *yaml.Node) (all []BankModem) {
	r.list(n, "modems", func(n *yaml.Node) {
		var m BankModem
		r.fields(n, "bank modem", map[string]field{
			"client": func(n *yaml.Node) { m.Client, m.Slot = r.numbered(n, "client") },
			"modem":  func(n *yaml.Node) { m.Modem = r.filled(n, "modem") },
		})
		r.require(n, "bank modem", "client", "the client's number and its slot, such as \"client: 10/0\"")
		r.require(n, "bank modem", "modem", "the modem that the client sits in, as \"roadline modem list\" names it")
		all = append(all, m)
	})
	return all
}

// numbered reads a number and a slot: RSPRO has them from 0 to 1023.
func (r *machineReader) numbered(n *yaml.Node, what string) (of, slot int) {
	first, second, ok := strings.Cut(r.filled(n, what), "/")
	of, err := strconv.Atoi(first)
	slot, none := strconv.Atoi(second)
	if !ok || err != nil || none != nil || min(of, slot) < 0 || max(of, slot) > 1023 {
		r.fail(n, "%s: %q: write two numbers from 0 to 1023, such as \"1/0\"", what, n.Value)
	}
	return of, slot
}

// bankOnce refuses what stands twice: a card that would be served from two places, a modem that two clients sit in.
func (r *machineReader) bankOnce(n *yaml.Node, b Bank) {
	seen := map[string]bool{}
	for _, x := range r.m.Banks {
		for _, name := range x.names() {
			seen[name] = true
		}
	}
	for _, name := range b.names() {
		if seen[name] {
			r.fail(n, "bank: %s stands here twice: remove one", name)
		}
		seen[name] = true
	}
	for _, c := range b.Cards {
		if c.Spare != "" && !slices.ContainsFunc(b.Cards, func(o BankCard) bool { return o.ICCID == c.Spare }) {
			r.fail(n, "bank: the spare %s lies in no slot of this bank: name its slot", c.Spare)
		}
	}
}

// names are what no other bank, and no two entries of this one, may have.
func (b Bank) names() (all []string) {
	at := strings.TrimSuffix(cmp.Or(b.Server, usualREST), "/") + " "
	add := func(what, value string) {
		if value != "" {
			all = append(all, what+" "+value)
		}
	}
	pair := func(x, y int) string { return strconv.Itoa(x) + "/" + strconv.Itoa(y) }
	add("bank", string(b.Name))
	for _, c := range b.Cards {
		add("slot", at+pair(c.Bank, c.Slot))
		add("card", string(c.ICCID))
	}
	for _, m := range b.Modems {
		add("client", at+pair(m.Client, m.Slot))
		add("modem", m.Modem)
	}
	return all
}
