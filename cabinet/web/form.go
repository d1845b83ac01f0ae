package web

import (
	"errors"
	"io"
	"net/http"
	"strings"
	"unicode/utf8"
)

// form is what a person filled in, with what is wrong with it. A page shows it again with the input kept; the script of
// the frame moves the focus to the first field that is wrong.
type form struct {
	values map[string][]string
	Wrong  map[string]string // by field, in the person's language
}

// read takes the fields of a POST.
func (v *visit) read() (form, error) {
	if err := v.ParseForm(); err != nil {
		return form{}, err
	}
	return form{values: v.PostForm, Wrong: map[string]string{}}, nil
}

// sentFile is a file that was sent, with what it is called; nil where none was. It is read in memory, where every body has
// room: a file that lies on the disk is removed with the request that net/http made, and ours is a copy of that.
func (v *visit) sentFile(name string) (content []byte, called string, err error) {
	if err := v.ParseMultipartForm(mostBody); err != nil && !errors.Is(err, http.ErrNotMultipart) {
		return nil, "", err
	}
	file, about, err := v.FormFile(name)
	if err != nil {
		return nil, "", nil //nolint:nilerr // it says that there is none
	}
	defer file.Close() //nolint:errcheck // it was only read
	content, err = io.ReadAll(file)
	return content, about.Filename, err
}

// Value is what stands in a field, without blanks around it.
func (f form) Value(name string) string {
	if len(f.values[name]) == 0 || !utf8.ValidString(f.values[name][0]) {
		return ""
	}
	return strings.TrimSpace(f.values[name][0])
}

// Values are all that stand in fields of a name.
func (f form) Values(name string) []string { return f.values[name] }

// Error is what is wrong with a field; empty: nothing.
func (f form) Error(name string) string { return f.Wrong[name] }

// wrong notes what is wrong with a field. The first one stays.
func (f form) wrong(name, why string) {
	if f.Wrong[name] == "" {
		f.Wrong[name] = why
	}
}

// ok reports whether nothing is wrong.
func (f form) ok() bool { return len(f.Wrong) == 0 }

// again is the status of a page that shows a form with what is wrong in it.
const again = http.StatusUnprocessableEntity
