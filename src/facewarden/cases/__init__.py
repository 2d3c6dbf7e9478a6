"""What a person does with a case: notices to platforms, police and schools, help lines, and a page to read.

Nothing here sends anything. A `document.Document` is made once, in one language, and written as text, Markdown, HTML or
PDF by `views`; only the HTML of a page may hold a picture, and only when it was asked for.
"""
