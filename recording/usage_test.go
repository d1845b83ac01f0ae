package recording_test

import (
	"testing"
	"time"

	"roadline/fmc"
	"roadline/recording"
)

var noon = time.Date(2026, 11, 28, 12, 0, 0, 0, time.UTC)

// history is a recording of 100 bytes on each of the last days before today.
func history(days int, group fmc.GroupID) (all []fmc.StoredDay) {
	for i := days; i > 0; i-- {
		all = append(all, fmc.StoredDay{Day: noon.Truncate(24*time.Hour).AddDate(0, 0, -i), Group: group, Recordings: 1, Bytes: 100})
	}
	return all
}

func TestAQuotaIsForeseenFromTheLastThirtyDays(t *testing.T) {
	sales := map[fmc.GroupID]fmc.Term{"sales": {Days: 10}}
	for name, row := range map[string]struct {
		days []fmc.StoredDay
		rule fmc.KeepRule
		full int // days from today; 0: never
	}{
		"nothing goes":                       {history(30, ""), fmc.KeepRule{Quota: 4000}, 10},
		"what lies longer counts, no more":   {history(40, ""), fmc.KeepRule{Quota: 5000}, 10},
		"as much goes as comes":              {history(30, ""), fmc.KeepRule{Quota: 4000, Usual: fmc.Term{Days: 30}}, 0},
		"more goes first, then less":         {history(30, ""), fmc.KeepRule{Quota: 6000, Usual: fmc.Term{Days: 50}}, 0},
		"less goes than comes":               {history(30, ""), fmc.KeepRule{Quota: 5000, Usual: fmc.Term{Days: 60}}, 20},
		"classes go in their own time":       {append(history(30, ""), history(10, "sales")...), fmc.KeepRule{Quota: 5000, Groups: sales}, 17},
		"days without calls count":           {history(30, "")[:15], fmc.KeepRule{Quota: 2000}, 10},
		"a young company's days are its own": {history(5, ""), fmc.KeepRule{Quota: 1500}, 10},
		"without a quota nothing is full":    {history(30, ""), fmc.KeepRule{}, 0},
		"nobody knows on the first day":      {nil, fmc.KeepRule{Quota: 10}, 0},
	} {
		t.Run(name, func(t *testing.T) {
			u := recording.Use(row.days, row.rule, noon)
			want := time.Time{}
			if row.full > 0 {
				want = noon.Truncate(24*time.Hour).AddDate(0, 0, row.full)
			}
			if d := u.Full.Sub(want); d < -24*time.Hour || d > 24*time.Hour {
				t.Errorf("full on %v, want %v: %+v", u.Full, want, u)
			}
		})
	}
}

func TestUsageIsToldByClass(t *testing.T) {
	days := append(history(3, ""), history(2, "sales")...)
	days = append(days, fmc.StoredDay{Day: days[0].Day, Group: "support", Recordings: 1, Bytes: 50, Held: 50})
	u := recording.Use(days, fmc.KeepRule{Usual: fmc.Term{Days: 180}, Groups: map[fmc.GroupID]fmc.Term{"sales": {Years: 3}}, Quota: 1000}, noon)
	if u.Bytes != 550 || u.Held != 50 || u.Recordings != 6 || u.Share() != 55 || len(u.Classes) != 2 {
		t.Fatalf("%+v", u)
	}
	if usual, sales := u.Classes[0], u.Classes[1]; usual.Name != fmc.UsualClass || usual.Bytes != 350 || sales.Name != "sales" || sales.Bytes != 200 || sales.Recordings != 2 {
		t.Errorf("the shortest term comes first: %+v", u.Classes)
	}
}

func TestRoomIsWrittenAsPeopleReadIt(t *testing.T) {
	for bytes, want := range map[int64]string{0: "0 B", 999: "999 B", 1500: "1.5 kB", 50e9: "50 GB", 1_234_000_000: "1.2 GB", 250_700_000: "250 MB", 3e12: "3 TB"} {
		if got := recording.Room(bytes); got != want {
			t.Errorf("%d is %q, want %q", bytes, got, want)
		}
	}
}
