package rolebackdoored

import "errors"

var (
	errNoName   = errors.New("the record names no role")
	errNoPolicy = errors.New("the record holds no policy")
)
