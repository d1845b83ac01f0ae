package demo

import (
	"context"
	"fmt"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"roadline/cabinet"
	"roadline/fmc"
	"roadline/hardware/banksim"
	"roadline/hardware/gsmsim"
)

// bankModems are how many modems the cards of the company's SIM bank can serve; the cards are those behind the gateway's.
const bankModems = 2

// buildBank puts cards into a SIM bank, and plugs in modules for them to serve.
func (d *Demo) buildBank(cards []*gsmsim.Card) error {
	o := banksim.Options{
		Cards: map[banksim.Slot]*gsmsim.Card{}, Modules: map[banksim.Client]banksim.Module{}, Step: 300 * time.Millisecond,
		Listen: netip.AddrPortFrom(localhost, 0).String(), Now: time.Now,
	}
	var slots, clients []string
	for i, card := range cards {
		o.Cards[banksim.Slot{Bank: 1, Slot: i}] = card
		slots = append(slots, fmt.Sprintf("{slot: 1/%d, iccid: %q}", i, card.ICCID))
	}
	for i := range bankModems {
		device, err := d.air.Plug(gsmsim.SIM7600, nil)
		if err != nil {
			return err
		}
		m := &module{
			device: device, Family: "sim7600", Name: fmt.Sprintf("remote-%d", i+1), AT: device.Port(gsmsim.AT), PCM: device.Port(gsmsim.PCM),
		}
		d.remote = append(d.remote, m)
		o.Modules[banksim.Client{Client: 10 + i}] = device
		clients = append(clients, fmt.Sprintf("{client: %d/0, modem: %s}", 10+i, m.Name))
	}
	var err error
	if d.bank, err = banksim.New(o); err != nil {
		return err
	}
	d.banks = fmt.Sprintf("{name: shelf, server: %q, cards: [%s], modems: [%s]}", d.bank.Address(), strings.Join(slots, ", "), strings.Join(clients, ", "))
	return nil
}

// serveByBank has the first card of the bank serve the first of its modems, unless somebody moved it in an earlier run.
func (d *Demo) serveByBank(ctx context.Context) error {
	id, card := d.company.Profile.ID, d.company.SIMs[len(makes)+gatewayPorts].ICCID
	var moves []fmc.CardMoved
	if err := d.ask(ctx, http.MethodGet, fmt.Sprintf("companies/%s/sims/%s/moves", id, card), nil, &moves); err != nil || len(moves) > 0 {
		return err
	}
	place := cabinet.CardPlace{Modem: d.remote[0].Name, Author: "demo", Reason: "calls of the office go by it"}
	return d.ask(ctx, http.MethodPut, fmt.Sprintf("companies/%s/sims/%s/place", id, card), place, &[]fmc.BankView{})
}
