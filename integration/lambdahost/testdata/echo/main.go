// Command echo is the function that the host's tests run: it does what its messages say.
package main

import (
	"context"
	"errors"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/aws/aws-lambda-go/events"
	"github.com/aws/aws-lambda-go/lambda"
	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/service/sqs"
)

func main() {
	if os.Getenv("REFUSE") != "" {
		fmt.Fprintln(os.Stderr, "settings cannot be read")
		os.Exit(3)
	}
	lambda.Start(handle)
}

// message is one of a queue, or a change of a table of which "body" is what a message says.
type message struct {
	events.SQSMessage
	Change *events.DynamoDBStreamRecord `json:"dynamodb"`
}

// seen counts how often changes were handed over, of which nothing else tells.
var seen = map[string]int{}

func (m *message) take() {
	if m.Change == nil {
		return
	}
	m.MessageId, m.Body = m.Change.SequenceNumber, m.Change.NewImage["body"].String()
	seen[m.MessageId]++
	m.Attributes = map[string]string{"ApproximateReceiveCount": strconv.Itoa(seen[m.MessageId])}
}

func handle(ctx context.Context, event struct{ Records []message }) (out events.SQSEventResponse, err error) {
	fmt.Println("batch of", len(event.Records))
	for _, record := range event.Records {
		record.take()
		command, argument, _ := strings.Cut(record.Body, " ")
		switch command {
		case "fail":
			if record.Attributes["ApproximateReceiveCount"] <= argument {
				out.BatchItemFailures = append(out.BatchItemFailures, events.SQSBatchItemFailure{ItemIdentifier: record.MessageId})
			}
		case "error":
			return out, errors.New(argument)
		case "crash":
			if record.Attributes["ApproximateReceiveCount"] == "1" {
				fmt.Fprintln(os.Stderr, "going down")
				os.Exit(7)
			}
		case "sleep":
			time.Sleep(time.Minute)
		case "send":
			err = errors.Join(err, send(ctx, argument))
		}
	}
	return out, err
}

func send(ctx context.Context, text string) error {
	cfg, err := config.LoadDefaultConfig(ctx)
	if err != nil {
		return err
	}
	_, err = sqs.NewFromConfig(cfg).SendMessage(ctx, &sqs.SendMessageInput{QueueUrl: aws.String(os.Getenv("OUT")), MessageBody: aws.String(text)})
	return err
}
