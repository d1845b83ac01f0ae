package journal

import "os"

// File is what a log writes to.
type File = file

// WithFiles makes a log create its segments by create, given the path and the real file.
func (o Options) WithFiles(create func(path string, real File) (File, error)) Options {
	o.create = func(path string) (file, error) {
		f, err := createFile(path)
		if err != nil {
			return nil, err
		}
		other, err := create(path, f)
		if err != nil {
			_ = f.Close()
			_ = os.Remove(path)
		}
		return other, err
	}
	return o
}

// TakeOver is what Open does with what earlier starts left.
func TakeOver(dir string) ([]*Boot, error) { return takeOver(dir, Options{}.withDefaults()) }
