module roadline

go 1.26
