certificate_arn = "arn:aws:acm:us-east-1:111122223333:certificate/22222222-2222-2222-2222-222222222222"
