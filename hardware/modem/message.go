package modem

import (
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"slices"
	"strings"

	"roadline/fmc/cause"
	"roadline/hardware/at"
)

// Send is documented at Modem.
func (d *driver) Send(ctx context.Context, pdu []byte) (reference byte, err error) {
	if len(pdu) < 9 || len(pdu) > 175 { // 23.040 §9.2.2.2: the shortest with an address, the longest
		return 0, cause.Errorf(cause.Invalid, "send a message: %d octets are no SMS-SUBMIT", len(pdu))
	}
	command := fmt.Sprintf("+CMGS=%d", len(pdu))
	// 00: the service centre that the card names.
	answer, handed, err := d.engine.Message(ctx, command, "00"+strings.ToUpper(hex.EncodeToString(pdu)), sendLimit)
	if err != nil {
		return 0, sendError(err, handed)
	}
	for _, line := range withPrefix(answer, "+CMGS") {
		f, _ := at.Values(line, "+CMGS")
		if n, ok := f[0].Number(); ok && n >= 0 && n <= 255 {
			return byte(n), nil
		}
	}
	return 0, sendError(cause.Errorf(cause.Unavailable, "AT%s: the module said no reference", command), true)
}

// sendError: a message that the module had and did not refuse may have gone out.
func sendError(err error, handed bool) error {
	e := &SendError{Uncertain: handed, Err: err}
	if r, refused := errors.AsType[*at.Refused](err); refused {
		e.Uncertain = false
		if r.Set == "CMS" && r.Code > 0 {
			e.CMS = r.Code
		}
	}
	return e
}

// Stored is documented at Modem.
func (d *driver) Stored(ctx context.Context) ([]Stored, error) {
	d.store.Lock()
	defer d.store.Unlock()
	var all []Stored
	for _, storage := range d.family.Storages {
		if err := d.selectStorage(ctx, storage); err != nil {
			if ifAsked(err) == nil && !ofCard(err) {
				continue // a storage that this firmware does not have
			}
			return all, err
		}
		answer, err := d.engine.Command(ctx, "+CMGL=4", sendLimit)
		if err != nil {
			return all, err
		}
		for i, line := range answer {
			if f, ok := at.Values(line, "+CMGL"); ok {
				if index, ok := f[0].Number(); ok {
					all = append(all, stored(Place{storage, index}, f[1:], answer[i+1:]))
				}
			}
		}
	}
	return all, nil
}

// ofCard says that the card is why a command was refused: it is away, locked, busy or broken.
func ofCard(err error) bool {
	r, ok := errors.AsType[*at.Refused](err)
	return ok && (r.Set == "CMS" && r.Code >= 310 && r.Code <= 318 || r.Set == "CME" && r.Code >= 10 && r.Code <= 18)
}

// selectStorage chooses where messages are read and deleted, and leaves where they arrive as it is.
func (d *driver) selectStorage(ctx context.Context, storage string) error {
	_, err := d.engine.Command(ctx, `+CPMS="`+storage+`"`, shortLimit)
	return err
}

// stored reads `<stat>,[<alpha>],<length>` and the line behind it. length counts the octets after the service centre.
func stored(p Place, f []at.Field, following []string) Stored {
	s := Stored{Place: p}
	if len(f) > 0 {
		s.Sent = f[0].Text == "2" || f[0].Text == "3"
	}
	if len(following) == 0 {
		return s
	}
	pdu, err := hex.DecodeString(strings.TrimSpace(following[0]))
	if err != nil || len(pdu) == 0 {
		return s
	}
	s.PDU = pdu
	return s
}

// Read is documented at Modem.
func (d *driver) Read(ctx context.Context, p Place) (s Stored, ok bool, err error) {
	if err := d.checkPlace(p); err != nil {
		return Stored{}, false, err
	}
	d.store.Lock()
	defer d.store.Unlock()
	if err := d.selectStorage(ctx, p.Storage); err != nil {
		return Stored{}, false, err
	}
	answer, err := d.engine.Command(ctx, fmt.Sprintf("+CMGR=%d", p.Index), shortLimit)
	if isEmptyPlace(err) {
		return Stored{}, false, nil
	}
	for i, line := range answer {
		if f, is := at.Values(line, "+CMGR"); is && err == nil {
			s = stored(p, f, answer[i+1:])
			// An empty place is also told as `+CMGR: 0,,0`.
			return s, s.PDU != nil || f[len(f)-1].Text != "0", nil
		}
	}
	return Stored{}, false, err
}

// isEmptyPlace: +CMS ERROR: 321, invalid memory index; +CME ERROR: 22, not found.
func isEmptyPlace(err error) bool {
	r, ok := errors.AsType[*at.Refused](err)
	return ok && (r.Set == "CMS" && r.Code == 321 || r.Set == "CME" && (r.Code == 21 || r.Code == 22))
}

// Delete is documented at Modem.
func (d *driver) Delete(ctx context.Context, p Place) error {
	if err := d.checkPlace(p); err != nil {
		return err
	}
	d.store.Lock()
	defer d.store.Unlock()
	if err := d.selectStorage(ctx, p.Storage); err != nil {
		return err
	}
	_, err := d.engine.Command(ctx, fmt.Sprintf("+CMGD=%d", p.Index), netLimit)
	if isEmptyPlace(err) {
		return nil
	}
	return err
}

// Acknowledge is documented at Modem. 27.005 §4.7: phase 2+ modules want it for what they did not store.
func (d *driver) Acknowledge(ctx context.Context) error {
	_, err := d.engine.Command(ctx, "+CNMA", shortLimit)
	return err
}

func (d *driver) checkPlace(p Place) error {
	if p.Index < 0 || !slices.Contains(d.family.Storages, p.Storage) {
		return cause.Errorf(cause.Invalid, "message %d of %q: the module has no such place", p.Index, p.Storage)
	}
	return nil
}

// Room is documented at Modem.
func (d *driver) Room(ctx context.Context) (used, total int, err error) {
	answer, err := d.ask(ctx, "+CPMS?", "+CPMS", shortLimit)
	if err != nil {
		return 0, 0, err
	}
	for _, line := range answer {
		// `"SM",1,10,"SM",1,10,"SM",1,10`: the last three are of what arrives.
		f, _ := at.Values(line, "+CPMS")
		if len(f) < 9 {
			continue
		}
		used, ok1 := f[7].Number()
		total, ok2 := f[8].Number()
		if ok1 && ok2 {
			return used, total, nil
		}
	}
	return 0, 0, cause.Errorf(cause.Unavailable, "AT+CPMS?: %q says no room", answer)
}
