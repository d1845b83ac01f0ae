package callerid_test

import (
	"errors"
	"testing"

	"roadline/callerid"
	"roadline/fmc/cause"
)

func TestAShortNumberIsTakenOutOfWhatWasDialled(t *testing.T) {
	for _, row := range []struct {
		form          callerid.ShortForm
		dialled       string
		mobile, short string
		ok            bool
	}{
		{"mobile*short", "79161234567*201", "79161234567", "201", true},
		{"mobile*short", "+79161234567*201", "+79161234567", "201", true},
		{"mobile*short", "79161234567", "", "", false},
		{"mobile*short", "79161234567*", "", "", false},
		{"mobile*short", "201*201", "", "", false},
		{"mobile*short", "79161234567*201*1", "", "", false},
		{"mobile*short", "79161234567*123456789", "", "", false},
		{"*short#", "*201#", "", "201", true},
		{"*short#", "201", "", "", false},
		{"99short", "99201", "", "201", true},
		{"short*mobile", "201*79161234567", "79161234567", "201", true},
		{"short", "201", "", "201", true},
		{"short", "", "", "", false},
		{"short", "anna", "", "", false},
		{"", "201", "", "", false},
		{"", "", "", "", false},
	} {
		mobile, short, ok := row.form.Read(row.dialled)
		if mobile != row.mobile || short != row.short || ok != row.ok {
			t.Errorf("%q by %q: %q, %q, %v", row.dialled, row.form, mobile, short, ok)
		}
		if err := row.form.Check(); err != nil {
			t.Error(err)
		}
	}
}

func TestAFormThatCannotBeTakenApartIsRefused(t *testing.T) {
	for _, form := range []callerid.ShortForm{"mobile", "mobileshort", "shortmobile", "short7", "short*short", "mobile*mobile*short", "a*short", "mobile short", "*"} {
		if err := form.Check(); !errors.Is(err, cause.Invalid) {
			t.Errorf("%q: %v", form, err)
		}
	}
}

func FuzzAShortForm(f *testing.F) {
	f.Add("mobile*short", "79161234567*201")
	f.Add("short#", "+")
	f.Fuzz(func(t *testing.T, form, dialled string) {
		s := callerid.ShortForm(form)
		mobile, short, ok := s.Read(dialled)
		if ok && (short == "" || len(mobile)+len(short) > len(dialled)) {
			t.Errorf("%q by %q: %q, %q", dialled, form, mobile, short)
		}
		_ = s.Check()
	})
}
