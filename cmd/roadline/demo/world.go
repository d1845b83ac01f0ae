package demo

import (
	"fmt"
	"net/netip"
	"time"

	"roadline/cmd/roadline/demo/outside"
	"roadline/fmc"
)

// worldAddress is where everybody but the server is.
var worldAddress = netip.AddrFrom4([4]byte{127, 0, 0, 2})

// clients is how many clients there are; one more, number 0, always picks up at once.
const (
	clients  = 40
	punctual = 0
)

// clientNumber is the number of one client, counted from 1.
func clientNumber(n int) string { return fmt.Sprintf("+7912000%04d", n) }

// clientVoice is who speaks for a client.
func clientVoice(n int) string { return fmt.Sprintf("client-%d", n%clientVoices+1) }

// buildWorld makes the pretend carrier with its subscribers, the people's mobiles and the clients, and the phones of
// the company.
func (d *Demo) buildWorld() error {
	log, err := d.log("outside.log")
	if err != nil {
		return err
	}
	d.world, err = outside.New(outside.Options{
		Addr: worldAddress, Country: d.company.Profile.Country, Seed: d.o.Seed, Log: log, Now: time.Now,
		Ended: func(s outside.Seen) {
			d.ledger.saw(s)
			d.o.Ended(s)
		},
		Air: d.air,
	})
	if err != nil {
		return err
	}
	for i := range d.company.SIMs {
		d.world.Insert(d.company.SIMs[i].Number)
	}
	if err := d.world.Serve(d.listen[0]); err != nil {
		return err
	}
	for n := 1; n <= clients; n++ {
		if err := d.world.Subscribe(clientNumber(n), outside.Subscriber{Answers: d.client(clientVoice(n))}); err != nil {
			return err
		}
	}
	if err := d.world.Subscribe(clientNumber(punctual), outside.Subscriber{Answers: d.picksUp(clientVoice(punctual))}); err != nil {
		return err
	}
	d.newSecrets()
	for _, e := range d.company.Employees {
		if err := d.equip(e); err != nil {
			return err
		}
	}
	return nil
}

// equip gives a person what rings for them. The guest's phone is the watcher's own.
func (d *Demo) equip(e fmc.Employee) error {
	for _, device := range e.Devices {
		switch {
		case e.ID == guest:
		case device.Kind == fmc.Mobile:
			if err := d.world.Subscribe(device.Number.E164, outside.Subscriber{Answers: d.mobile(e)}); err != nil {
				return err
			}
		case device.Kind == fmc.SIPPhone:
			account := string(device.Account)
			phone, err := d.world.Phone(d.listen[0], account, d.secrets[account], d.desk(e))
			if err != nil {
				return err
			}
			d.phones[account] = phone
		}
	}
	return nil
}
