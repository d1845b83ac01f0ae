package gsmsim_test

import (
	"testing"
	"time"

	"roadline/hardware/gsmsim"
)

func TestAHuaweiDialsAndTheCauseOfTheEndIsTold(t *testing.T) {
	n := world(t)
	n.Subscriber("+79161234567", gsmsim.Behaviour{After: time.Second})
	d := plug(t, n, gsmsim.HuaweiE173, gsmsim.NewCard(1))
	l := open(t, d.Port(gsmsim.AT))
	l.at("ATE0")
	l.at("ATD+79161234567;")
	l.expect("\r\n^ORIG:1,0\r\n")
	l.expect("\r\n^CONF:1\r\n")
	l.expect("\r\n^CONN:1,0\r\n")
	if got, want := l.at("AT+CLCC"), "\r\n+CLCC: 1,0,0,0,0,\"+79161234567\",145\r\n\r\nOK\r\n"; got != want {
		t.Errorf("the list of calls is %q, it should be %q", got, want)
	}
	l.at("AT^DDSETEX=2")
	d.Drop(41)
	l.expect("\r\n^CEND:1,0,104,41\r\n")
	l.expect("\r\nNO CARRIER\r\n")
}
