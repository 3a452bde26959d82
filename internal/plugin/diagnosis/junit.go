package diagnosis

import (
	"encoding/xml"
	"strings"
)

// Suite is a JUnit test suite, as CI systems read it.
type Suite struct {
	XMLName  xml.Name `xml:"testsuite"`
	Name     string   `xml:"name,attr"`
	Tests    int      `xml:"tests,attr"`
	Failures int      `xml:"failures,attr"`
	Skipped  int      `xml:"skipped,attr"`
	Cases    []Case   `xml:"testcase"`
}

// Case is one check.
type Case struct {
	Name    string `xml:"name,attr"`
	Class   string `xml:"classname,attr"`
	Failure *Text  `xml:"failure,omitempty"`
	Skipped *Text  `xml:"skipped,omitempty"`
}

// Text is why.
type Text struct {
	Message string `xml:"message,attr"`
}

// JUnit has a case for each check. What was not judged, or is not clear, is skipped.
func JUnit(name string, steps []Step) Suite {
	suite := Suite{Name: name, Tests: len(steps)}
	for _, step := range steps {
		one := Case{Name: step.Code + " " + step.Hop, Class: "crossvpc"}
		switch step.Outcome {
		case Fails:
			one.Failure = &Text{step.Said}
			suite.Failures++
		case NotJudged, Unclear:
			one.Skipped = &Text{strings.TrimSpace(string(step.Outcome) + " " + step.Said)}
			suite.Skipped++
		case Holds, Remark:
		}
		suite.Cases = append(suite.Cases, one)
	}
	return suite
}
