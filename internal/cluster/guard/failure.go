package guard

import (
	"errors"
	"net"
	"regexp"
)

// failure is an error of the transport whose text may quote the server: a status line, a
// name in its certificate. It is scrubbed; its cause is there for who asks by type.
type failure struct {
	cause error
	text  string
}

// headerOverrun is how net/http says that a header exceeds its limit, by HTTP/1 and HTTP/2.
var headerOverrun = regexp.MustCompile(`response headers exceeded|COMPRESSION_ERROR|response header list larger`)

// clean gives an error whose text can be shown.
func clean(account *Account, err error) error {
	text := err.Error()
	if headerOverrun.MatchString(text) {
		return tooMuch("more than %d KiB of header", mostHeader>>10)
	}
	if safe := account.secrets.words(text); safe != text {
		return &failure{cause: err, text: safe}
	}
	return err
}

// Error implements error.
func (f *failure) Error() string { return f.text }

// Unwrap gives the cause.
func (f *failure) Unwrap() error { return f.cause }

// Timeout makes it a net.Error, as far as its cause is one.
func (f *failure) Timeout() bool {
	cause, ok := errors.AsType[net.Error](f.cause)
	return ok && cause.Timeout()
}

// Temporary makes it a net.Error.
func (f *failure) Temporary() bool { return f.Timeout() }
