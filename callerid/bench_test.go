package callerid_test

import (
	"testing"

	"roadline/callerid"
)

// The forms of one call: what a carrier delivers most, what it delivers sometimes, and what is dialled.
var benchForms = []struct{ name, raw string }{
	{"plus", "+79161234567"},
	{"national", "89161234567"},
	{"digits", "79161234567"},
	{"abroad", "810442071838750"},
	{"uri", "sip:+79161234567;cpc=ordinary@192.0.2.1:5060"},
	{"extension", "201"},
	{"anonymous", "anonymous"},
	{"garbage", "zzzzzzzzzzzzzzzz"},
}

func BenchmarkReceived(b *testing.B) {
	for _, form := range benchForms {
		b.Run(form.name, func(b *testing.B) {
			b.ReportAllocs()
			for b.Loop() {
				callerid.Received(form.raw, "RU")
			}
		})
	}
}

func BenchmarkRead(b *testing.B) {
	b.ReportAllocs()
	for b.Loop() {
		if _, err := callerid.Read("8 (495) 123-45-67", "RU"); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkWrite(b *testing.B) {
	n := callerid.Received("+79161234567", "RU")
	b.ReportAllocs()
	for b.Loop() {
		if _, err := (callerid.Format{Style: callerid.National}).Write(n, "RU"); err != nil {
			b.Fatal(err)
		}
	}
}
