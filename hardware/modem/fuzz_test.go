package modem_test

import (
	"context"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"roadline/hardware/generic"
	"roadline/hardware/huawei"
	"roadline/hardware/modem"
	"roadline/hardware/modemtest"
	"roadline/hardware/quectel"
	"roadline/hardware/simcom"
)

// FuzzModule lets a module say anything, unasked and as an answer to everything: the driver stands, and ends when it is
// told to.
func FuzzModule(f *testing.F) {
	for _, s := range []string{
		":", "+CLCC: 1,1,4,0,0", "+CLIP: ", "+CMTI: ", "+CUSD: 1", "+CREG: ", "^CEND:", "^CEND:-1,,,\n^ORIG:9", "+QIND: \"ccinfo\",1,0,-1,0,0,\"\",129",
		"^DSCI: 1,0,6,0,,129", "+QTONEDET: 999", "VOICE CALL: END", "+CPMS: \"SM\",1,1", "+CMGL: 1,0,,4\n00", "+CNUM: \"", "+CSQ: 999", "RDY", "+DTMF:",
	} {
		f.Add(s)
	}
	families := []modem.Family{generic.Family(), huawei.Family(), simcom.SIM7600(), simcom.SIM800(), quectel.Family()}
	f.Fuzz(func(t *testing.T, text string) {
		lines := strings.FieldsFunc(text, func(r rune) bool { return r == '\n' || r == '\r' })
		if len(lines) > 20 {
			return
		}
		for _, family := range families {
			synctest.Test(t, func(t *testing.T) {
				p := modemtest.NewPlayer(t, family, nil)
				read := make(chan struct{})
				go func() {
					defer close(read)
					for range p.Modem.Events() {
						continue
					}
				}()
				ctx, cancel := context.WithTimeout(t.Context(), 10*time.Minute)
				defer cancel()
				if err := p.Modem.Start(ctx); err != nil {
					t.Fatal(err)
				}
				p.Say(lines...)
				p.All(append(lines, "OK"))
				p.Say("RING")
				p.Say(lines...)
				_, _ = p.Modem.SIM(ctx)
				_, _ = p.Modem.Radio(ctx)
				_, _ = p.Modem.Stored(ctx)
				_, _, _ = p.Modem.Room(ctx)
				_, _ = p.Modem.Released(ctx)
				_, _ = p.Modem.Calls(ctx)
				if err := p.Modem.Close(); err != nil {
					t.Error(err)
				}
				<-read
			})
		}
	})
}
