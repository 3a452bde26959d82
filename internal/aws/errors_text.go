package aws

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"os"
	"regexp"
	"strings"
	"syscall"

	"github.com/crossvpc/crossvpc/internal/message"
)

// longestAnswer is as much of AWS's own words as goes into a message.
const longestAnswer = 300

var (
	// encoded messages differ each time and are of no use to a person.
	encoded = regexp.MustCompile(`(?is)\s*Encoded authorization failure message:.*`)
	// unauthorized is how IAM names what it refused (IAM user guide, "Troubleshoot access
	// denied error messages").
	unauthorized = regexp.MustCompile(`(?i)not authorized to perform:?\s+([a-z0-9-]+:[a-z0-9]+)`)
	// requestIDs differ each time; status messages must not.
	requestIDs = regexp.MustCompile(`(?i)[\s,;(]*request ?id:?\s*[0-9a-f-]{36}\)?`)
)

// sentence is "ec2:CreateRoute: <what AWS said> (<code>). <What to do>."
func sentence(v Failure, said, advice string) string {
	refused := refusedAction(v, said)
	if demandsTags(refused, said) {
		advice += " If the service control policy demands tags, set them in spec.tags."
	}
	said = strings.TrimRight(strings.TrimSpace(requestIDs.ReplaceAllString(encoded.ReplaceAllString(said, ""), "")), ".")
	said = message.Cut(said, longestAnswer)
	var text strings.Builder
	if action := v.Action(); action != "" {
		text.WriteString(action + ": ")
	}
	switch {
	case said == "":
		text.WriteString(v.Code)
	case v.Code == "":
		text.WriteString(said)
	default:
		fmt.Fprintf(&text, "%s (%s)", said, v.Code)
	}
	text.WriteString(".")
	if advice != "" {
		text.WriteString(" " + strings.ReplaceAll(advice, "{action}", refused))
	}
	return text.String()
}

// refusedAction is the action that AWS names as refused, which need not be that of the
// call: a request for a connection with tags is refused for ec2:CreateTags.
func refusedAction(v Failure, said string) string {
	if named := unauthorized.FindStringSubmatch(said); named != nil {
		return named[1]
	}
	return v.Action()
}

// demandsTags holds where a service control policy refused what makes or tags things:
// mostly it wants tags that are not there.
func demandsTags(action, said string) bool {
	if !strings.Contains(strings.ToLower(said), "service control policy") {
		return false
	}
	switch action {
	case "ec2:CreateTags", "ec2:CreateVpcPeeringConnection", "ec2:AuthorizeSecurityGroupIngress", "ec2:AuthorizeSecurityGroupEgress":
		return true
	default:
		return false
	}
}

// transient tells errors of the network from those of a setup.
func transient(err error) bool {
	_, network := errors.AsType[net.Error](err)
	return network || errors.Is(err, context.DeadlineExceeded) || statusCode(err) != 0
}

// cause says why there was no answer, without ports and addresses that differ each time.
func cause(err error) string {
	if host, ok := errors.AsType[*net.DNSError](err); ok {
		return "no such host: " + host.Name
	}
	if number, ok := errors.AsType[syscall.Errno](err); ok {
		return number.Error()
	}
	if untrusted, ok := errors.AsType[x509.UnknownAuthorityError](err); ok {
		return untrusted.Error()
	}
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, os.ErrDeadlineExceeded) {
		return fmt.Sprintf("no answer within %s", callTimeout)
	}
	if status := statusCode(err); status != 0 {
		return fmt.Sprintf("HTTP %d without an answer that can be read", status)
	}
	return innermost(err).Error()
}

func innermost(err error) error {
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return err
}
